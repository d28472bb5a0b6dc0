// The package under test: ALIPAY_PACKAGE names its ES module (a path); unless set, this package by its own name.

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

export const PACKAGE = process.env.ALIPAY_PACKAGE;

export const api = await import(PACKAGE === undefined ? "@alipay-core/wasm" : pathToFileURL(resolve(PACKAGE)).href);
