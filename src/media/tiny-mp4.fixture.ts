export { box, tinyMp4 } from "./tiny-mp4.ts";
