// Prints the hash of a seed's course.
import { playSeed } from "./course.ts";

console.log((await playSeed(Number(process.argv[2]))).hash);
