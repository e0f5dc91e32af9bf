// Who may write as a campaign's orchestrator: the one that came last. A frozen one that wakes up finds another number.
export const REIGN = "ALTER TABLE campaign ADD COLUMN reign INTEGER NOT NULL DEFAULT 0;";
