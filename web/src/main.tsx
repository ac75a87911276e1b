import "./styles/tokens.css";
import "./styles/base.css";
import { createClient } from "../client/index.ts";
import { startPage } from "./page.tsx";

declare const __VERSION__: string;

const root = document.getElementById("page");
if (root === null) throw new Error("the page has no #page");

startPage({ root, window, storage: storageIfAllowed(), version: __VERSION__, createClient });

/** Even looking at `localStorage` throws where storage is forbidden. */
function storageIfAllowed(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}
