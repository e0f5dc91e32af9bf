// Local TCP ports that one start of a campaign uses for its phones; and whether a phone was on before we came.
export const PORTS = `
CREATE TABLE port_lease (port INTEGER PRIMARY KEY, campaign INTEGER NOT NULL, mark TEXT NOT NULL) STRICT;
ALTER TABLE device ADD COLUMN was_on INTEGER NOT NULL DEFAULT 0;
`;
