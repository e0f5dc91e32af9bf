// Scenarios that go by a name: `--simulate bad-night`. Their files, to read and to change, lie in examples/scenarios/.

const ALL_WELL = `# all-well: every job is posted at the first try.
delay_ms: 100              # what one post takes
`;

const BAD_NIGHT = `# bad-night: phones drop off, sessions break and workers die in pass 1; from pass 2 on all is well.
delay_ms: 100
passes:
  2: ok
  3: ok
rates:                     # drawn anew for each try, from --seed
  - {chance: 0.15, outcome: fail, step: device, message: "adb: device offline"}
  - {chance: 0.15, outcome: fail, step: session, message: "socket hang up"}
  - {chance: 0.15, outcome: crash}                               # the worker is killed under the job
  - {chance: 0.1, outcome: rate_limited, retry_after_s: 1}       # waited for in the pass, not charged
`;

const ACCOUNT_TROUBLE = `# account-trouble: some accounts can't post. They are held, a person decides; all others go on.
delay_ms: 100
rates:                     # drawn once for each account: its trouble stays
  - {chance: 0.15, per: account, outcome: fail, step: opening, message: "Your account has been suspended"}
  - {chance: 0.15, per: account, outcome: fail, step: opening, message: "Please log in to continue"}
  - {chance: 0.1, per: account, outcome: refused, category: account, cause: action_blocked, cooldown_s: 86400,
     message: "Action blocked. Try again later"}
`;

const SLOW_FEED = `# slow-feed: attempts end without proof, and posts show late. Looking settles each; none is posted twice.
delay_ms: 100
feed: {after_ms: 1500, shows: pending}       # a look before that sees an upload under way
rates:
  - {chance: 0.25, outcome: upload_goes_on}                      # "Sharing..." to the end; the post comes out later
  - {chance: 0.15, outcome: crash_after_intent, feed_after_ms: 0}  # the worker dies after the tap; the post is live
  - {chance: 0.2, outcome: unconfirmed, posted: false}           # nothing came out: absent twice, then tried again
passes:
  2: ok
  3: ok
`;

const OUTAGE = `# outage: from the fifth attempt to the tenth the provider is down, and everybody fails alike.
delay_ms: 100
outage: {from_attempt: 5, to_attempt: 10, message: "HTTP 503 from the provider: service unavailable"}
`;

const TEXTS: Readonly<Record<string, string>> = {
  "all-well": ALL_WELL,
  "bad-night": BAD_NIGHT,
  "account-trouble": ACCOUNT_TROUBLE,
  "slow-feed": SLOW_FEED,
  outage: OUTAGE,
};

export const BUILT_IN: readonly string[] = Object.keys(TEXTS);

/** The YAML of a built-in scenario; `null`: there is none of that name. */
export const builtInText = (name: string): string | null => (Object.hasOwn(TEXTS, name) ? (TEXTS[name] ?? null) : null);
