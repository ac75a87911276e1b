// For test files that start processes: nothing they started is left when they are done.
import { afterAll } from "vitest";
import { stopEverything } from "./started.ts";

afterAll(stopEverything, 30_000);
