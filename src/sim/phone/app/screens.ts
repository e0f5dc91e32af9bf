// What the phone shows, as the accessibility tree that UiAutomator2 reads.
import { APP_PACKAGE, type PostingApp, type Screen, type Tap } from "./posting-app.ts";

/** One visible thing. `key` names it as long as its screen is shown; `y` is its top edge in pixels. */
export type UiNode = {
  key: string;
  cls: string;
  pkg: string;
  id: string;
  text: string;
  desc: string;
  y: number;
  isEditable: boolean;
  tap: Tap | null;
};

export const WIDTH = 1080;
export const HEIGHT = 2340;
export const NODE_HEIGHT = 120;
const ROW = 140;

type Part = { kind: keyof typeof CLASSES; id?: string; text?: string; desc?: string; tap?: Tap };
const CLASSES = {
  text: "android.widget.TextView",
  button: "android.widget.Button",
  icon: "android.widget.ImageView",
  field: "android.widget.EditText",
  item: "android.view.ViewGroup",
  bar: "android.widget.ProgressBar",
};
const SHOWN_POSTS = 10;

/** Parts of the screen from top to bottom. */
export function visibleNodes(app: PostingApp): UiNode[] {
  const pkg = { launcher: "com.android.launcher3", share_sheet: "android" }[app.screen.at as string] ?? APP_PACKAGE;
  return parts(app).map((part, row) => ({
    key: `${app.screen.at}/${part.id ?? part.kind}/${part.desc ?? (part.kind === "field" ? "" : (part.text ?? ""))}`,
    cls: CLASSES[part.kind],
    pkg,
    id: part.id === undefined ? "" : `${pkg}:id/${part.id}`,
    text: part.text ?? "",
    desc: part.desc ?? "",
    y: 120 + ROW * row,
    isEditable: part.kind === "field",
    tap: part.tap ?? null,
  }));
}

function parts(app: PostingApp): Part[] {
  const { screen } = app;
  switch (screen.at) {
    case "launcher":
      return [{ kind: "icon", text: "Sim Poster", desc: "Sim Poster", tap: { to: "open" } }];
    case "share_sheet":
      return [
        { kind: "text", id: "title", text: "Share" },
        {
          kind: "item",
          id: "target",
          text: "Sim Poster",
          desc: "Sim Poster",
          tap: { to: "share_with", media: screen.media },
        },
      ];
    case "feed":
      return [
        { kind: "text", text: "Home" },
        ...underWay(app),
        { kind: "icon", id: "create", desc: "Create", tap: { to: "create" } },
        { kind: "icon", id: "profile", desc: "Profile", tap: { to: "profile" } },
      ];
    case "pick":
      return pickParts(app, screen.media);
    case "edit":
      return [
        { kind: "text", id: "media", text: name(screen.media) },
        { kind: "field", id: "caption", text: screen.caption },
        { kind: "button", id: "share", text: "Share", tap: { to: "share" } },
      ];
    case "profile":
      return profileParts(app);
    default:
      return notice(screen);
  }
}

const name = (path: string) => path.split("/").pop() ?? path;

function pickParts(app: PostingApp, chosen: string | null): Part[] {
  const media = app.files.media();
  return [
    { kind: "text", id: "title", text: media.length === 0 ? "No media" : "Recents" },
    ...media.map((path): Part => {
      const text = path === chosen ? "Selected" : "";
      return { kind: "item", id: "item", desc: name(path), text, tap: { to: "choose", media: path } };
    }),
    { kind: "button", id: "next", text: "Next", tap: { to: "next" } },
  ];
}

/** The account's name and its newest posts; `desc` of a post is its id. */
function profileParts(app: PostingApp): Part[] {
  const posts = app.posts.filter((post) => post.account === app.account);
  return [
    { kind: "text", id: "profile_name", text: app.account },
    { kind: "text", id: "post_count", text: `${posts.length} posts` },
    ...underWay(app),
    ...posts.slice(0, SHOWN_POSTS).map(({ caption, post }): Part => {
      return { kind: "item", id: "post_item", text: caption, desc: post };
    }),
    { kind: "icon", id: "home", desc: "Home", tap: { to: "feed" } },
  ];
}

const underWay = (app: PostingApp): Part[] =>
  app.uploads.pending.map(({ caption }) => ({ kind: "text", id: "upload_pending", text: `Posting... ${caption}` }));

type NoticeScreen = Exclude<Screen["at"], "launcher" | "share_sheet" | "feed" | "pick" | "edit" | "profile">;

function notice(screen: Screen & { at: NoticeScreen }): Part[] {
  const ok: Part = { kind: "button", id: "ok", text: "OK", tap: { to: "feed" } };
  const title = (text: string): Part => ({ kind: "text", id: "title", text });
  const body = (text: string): Part => ({ kind: "text", id: "body", text });
  const notices: Record<NoticeScreen, Part[]> = {
    posting: [
      title("Posting..."),
      body("Keep open to finish posting"),
      { kind: "bar", id: "progress" },
      { kind: "icon", id: "home", desc: "Home", tap: { to: "feed" } },
    ],
    done: [{ kind: "text", id: "toast", text: "Your reel has been shared" }, ok],
    suspended: [
      title("We suspended your account"),
      body("You have 180 days left to disagree with this decision"),
      { kind: "button", id: "appeal", text: "Appeal" },
    ],
    log_in: [
      title("Log in"),
      body("You have been logged out. Log in again to continue"),
      { kind: "button", id: "log_in", text: "Log in" },
    ],
    went_wrong: [title("Couldn't post"), body("Something went wrong. Please try again"), ok],
    try_again_later: [title("Try again later"), body("We restrict certain activity to protect our community"), ok],
    rejected: [title("Couldn't post"), body("This video can't be shared: it goes against our guidelines"), ok],
  };
  return notices[screen.at];
}
