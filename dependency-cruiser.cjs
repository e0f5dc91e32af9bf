// Who may import whom. Each line: a room, and what it may reach besides itself. A change here is a design change.
// A room's port is the file named after the room: ledger/ledger.ts, host/host.ts ...
const port = (room) => `${room}/${room}[.]ts$`;
const may = {
  core: [],
  calendar: ["core/"],
  sim: ["core/"],
  host: ["core/"],
  failpoint: ["core/"],
  ledger: ["core/"],
  config: ["core/", "sim/built-in[.]ts$"],
  init: ["core/", "config/options[.]ts$", "media/tiny-mp4[.]ts$"],
  intake: ["core/", port("ledger")],
  media: ["core/"],
  devices: ["core/", port("host"), "sim/"],
  appium: ["core/", port("host")],
  posters: ["core/", port("host"), port("devices"), port("appium"), "module-poster[.]ts$", "sim/", port("failpoint")],
  workers: ["core/", port("host"), port("devices"), port("posters"), port("media"), port("failpoint")],
  fleet: ["core/", port("host"), port("ledger"), port("devices")],
  dispatch: ["core/", port("host"), port("ledger"), port("devices"), port("fleet"), port("workers"), port("failpoint")],
  cleanup: ["core/", port("host"), port("devices")],
  doctor: ["core/"],
  conflict: ["core/", port("host")],
  run: ["core/", port("host"), port("ledger"), port("dispatch"), port("cleanup"), port("conflict"), port("failpoint")],
  virtual: ["core/", port("host"), port("ledger"), port("workers"), "sim/"],
  report: ["core/", port("ledger")],
  cli: ["core/", "config/", port("init"), "intake/", "report/", "compose/", port("ledger"), port("host"), "failpoint/"],
};
const withImplementations = "(host|ledger|devices|appium|posters|dispatch|calendar)";
const notCode = "[.](test|contract)[.]ts$";
const rooms = Object.entries(may).map(([room, list]) => ({
  name: `${room}-imports`,
  severity: "error",
  from: { path: `^src/${room}/`, pathNot: notCode },
  to: { path: "^src/", pathNot: [`^src/${room}/`, ...list.map((p) => `^src/${p}`)] },
}));
module.exports = {
  forbidden: [
    ...rooms,
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "core-is-pure",
      severity: "error",
      from: { path: "^src/core/", pathNot: "[.]test[.]ts$" },
      to: { dependencyTypes: ["core", "npm"] },
    },
    {
      name: "only-compose-names-implementations",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/compose/", `^src/${withImplementations}/[^/]+/`, notCode] },
      to: { path: `^src/${withImplementations}/[^/]+/` },
    },
    {
      name: "siblings-do-not-meet",
      severity: "error",
      from: { path: `^src/${withImplementations}/([^/]+)/`, pathNot: notCode },
      to: { path: "^src/$1/[^/]+/", pathNot: "^src/$1/$2/" },
    },
    {
      name: "children-never-open-the-ledger",
      severity: "error",
      from: { path: "^src/(workers/child|posters|compose/worker)", pathNot: notCode },
      to: { path: "^src/ledger/" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
  },
};
