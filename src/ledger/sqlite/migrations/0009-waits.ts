// What a run waits for between passes, and from which pass on it counts them: both outlive a restart.
export const WAITS = `
ALTER TABLE run ADD COLUMN delay_reason TEXT CHECK (delay_reason IN ('delay','settling','until'));
ALTER TABLE run ADD COLUMN base INTEGER NOT NULL DEFAULT 0;
`;
