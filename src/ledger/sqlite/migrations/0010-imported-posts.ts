// Posts of earlier programs are those without an attempt. They count by their time and not by `day`, so they have an index of their
// own; and they are found by their path once that file is read, or by their account to have it read. Where it was read before, they get its hash here: not under
// `post_once`, which may have another post of that file.
export const IMPORTED_POSTS = `
DROP INDEX post_by_day;
CREATE INDEX post_by_day ON post (account, day) WHERE state <> 'void' AND attempt IS NOT NULL;
CREATE INDEX post_imported ON post (account, intent_at) WHERE attempt IS NULL;
CREATE INDEX post_unread ON post (media) WHERE attempt IS NULL AND media_hash IS NULL;
CREATE INDEX post_unread_of ON post (account) WHERE attempt IS NULL AND media_hash IS NULL;
UPDATE post SET media_hash = (SELECT hash FROM media WHERE path = post.media), is_repost = 1
WHERE attempt IS NULL AND media_hash IS NULL AND media IN (SELECT path FROM media);
`;
