/** In place of Socket.IO's transport of that name, which is never asked for. */
export class WT {}
