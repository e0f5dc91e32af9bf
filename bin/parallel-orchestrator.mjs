#!/usr/bin/env node
// The flags of the Python program that reprise follows, for scripts that call them. See docs/guide/coming-from-python.md.
import { launch } from "./launch.mjs";

await launch(import.meta.url, "old-form-main");
