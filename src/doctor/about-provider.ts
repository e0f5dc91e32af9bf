// A provider of phones: its secret, its clock, its money, and the phones that it no longer has.
import { clientFinding } from "./about-adb.ts";
import type { ProviderFacts, ProviderPhone } from "./facts-provider.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** A reply says its time in whole seconds and takes a while, so less than this says nothing. */
const SKEW_MS = 30_000;
const LITTLE_MONEY = 1;
const LISTED = 5;

export function providerFindings(facts: ProviderFacts | null): Finding[] {
  if (facts === null) return [];
  const { name, url, secret, answer, adb } = facts;
  if (secret.is === "missing")
    return [clientFinding(adb), problem(`${name} secret`, secret.why, "see docs/guide/cloud-phones.md, Secrets")];
  return [
    clientFinding(adb),
    ...(url.startsWith("http://") && !isLocal(url) ? [bareSecret(name, url)] : []),
    ...(answer === null ? [] : [answerFinding(facts, answer)]),
    ...skewFindings(facts),
    ...balanceFindings(facts),
    ...phoneFindings(facts),
  ];
}

const isLocal = (url: string) => /^http:\/\/(127[.]|localhost[:/]|localhost$|\[::1\])/.test(url);

const bareSecret = (name: string, url: string) =>
  warning(`${name} url`, `${url} is not encrypted: whoever listens gets the token`, "use https");

function answerFinding({ name, url }: ProviderFacts, answer: NonNullable<ProviderFacts["answer"]>): Finding {
  switch (answer.is) {
    case "ok":
      return ok(name, `${url} answers, and takes the token or key`);
    case "refused":
      return problem(
        name,
        answer.why,
        "make a new token at the provider and put it where the settings say; then ask again",
      );
    case "barred":
      return problem(name, answer.why, "put that right at the provider, or under devices in the config file");
    case "busy":
      return warning(name, answer.why, "another program uses this account too: wait, or give this one its own");
    case "none":
      return problem(
        name,
        answer.why,
        "look at this machine's network and at the provider's status page; check url under devices",
      );
  }
}

function skewFindings({ name, skewMs, signs }: ProviderFacts): Finding[] {
  if (skewMs === null || Math.abs(skewMs) < SKEW_MS) return [];
  const shown = `this clock is ${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? "behind" : "ahead of"} ${name}'s`;
  const remedy = "set the clock (timedatectl set-ntp true)";
  return [signs ? problem("clock", `${shown}: signatures are refused`, remedy) : warning("clock", shown, remedy)];
}

function balanceFindings({ name, balance }: ProviderFacts): Finding[] {
  if (balance === null) return [];
  const shown = `${balance.toFixed(2)} left`;
  if (balance <= 0)
    return [problem(`${name} balance`, `${shown}: no phone starts`, "top up the account at the provider")];
  if (balance >= LITTLE_MONEY) return [ok(`${name} balance`, shown)];
  return [warning(`${name} balance`, shown, "top up before it runs out in the middle of a run")];
}

function phoneFindings({ name, phones, chosen, bound }: ProviderFacts): Finding[] {
  if (phones === null) return [];
  const isThere = (id: string) => phones.some((phone) => phone.id === id);
  const found = [
    ...(chosen ?? []).filter((id) => !isThere(id)).map((id) => missing(id, name)),
    ...phones.filter(({ state }) => state === "expired").map(({ id }) => expired(id)),
    ...bound.filter(({ device }) => !isThere(device)).map((each) => stray(each, name)),
    ...runningFindings(phones),
  ];
  if (phones.length === 0) return [...found, none(name)];
  const idle = phones.filter(({ state }) => state === "off").length;
  return [...found, ok("phones", `${phones.length} at ${name}, ${idle} of them off`)];
}

const missing = (id: string, name: string) =>
  problem(`phone ${id}`, `${name} has none of that name or id`, "correct phones under devices, or make it there");

const expired = (id: string) =>
  problem(`phone ${id}`, "has expired", "renew it at the provider, or take it out of phones under devices");

const stray = ({ account, device }: { account: string; device: string }, name: string) =>
  problem(
    "accounts",
    `${account} is bound to phone ${device}, which ${name} does not have among those that take part`,
    "correct accounts[].device, or phones, group and tags under devices",
  );

const none = (name: string) =>
  problem("phones", `${name} has none that take part`, "see phones, group and tags under devices");

function runningFindings(phones: readonly ProviderPhone[]): Finding[] {
  const running = phones.filter(({ state }) => state === "ready" || state === "starting");
  const left = running.filter(({ ours }) => ours?.isLive === false);
  const strangers = running.filter(({ ours }) => ours === null);
  return [
    ...(left.length === 0
      ? []
      : [
          warning(
            "phones",
            `left on by a run that is gone, and paid for: ${listed(left)}`,
            "reprise sweep, or the next run stops them",
          ),
        ]),
    ...(strangers.length === 0
      ? []
      : [
          warning(
            "phones",
            `on, and not by us: ${listed(strangers)}`,
            "a run leaves them alone; stop them at the provider if nobody uses them",
          ),
        ]),
  ];
}

function listed(phones: readonly ProviderPhone[]): string {
  const names = phones.slice(0, LISTED).map(({ id }) => id);
  return phones.length > LISTED ? `${names.join(", ")} and ${phones.length - LISTED} more` : names.join(", ");
}
