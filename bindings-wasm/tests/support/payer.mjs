// A program that pays, to be killed: keeps its snapshots in a file. The last argument is JSON: options, order or none (then it goes on from
// the file), policy, file. Prints the outcome.

import { open, readFile, rename } from "node:fs/promises";
import { api } from "./package.mjs";

const { options, order, policy, file } = JSON.parse(process.argv[2]);

const store = {
  async save(snapshot) {
    const handle = await open(`${file}.new`, "w");
    await handle.writeFile(snapshot);
    await handle.sync();
    await handle.close();
    await rename(`${file}.new`, file);
  },
};

const alipay = new api.Alipay(options);
const outcome = order
  ? await api.pay(alipay, order, { policy, store })
  : await api.resume(alipay, await readFile(file), { store });
console.log(JSON.stringify(outcome));
