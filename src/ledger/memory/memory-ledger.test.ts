import { ledgerContract } from "../ledger.contract.ts";
import { newMemoryStore, openMemoryLedger } from "./memory-ledger.ts";

ledgerContract("memory ledger", async (deps) => {
  const store = newMemoryStore();
  const open = async () => openMemoryLedger(deps, store);
  return { ledger: await open(), reopen: open, second: open, cleanup: async () => {} };
});
