import { writeFileSync } from "node:fs";

writeFileSync("generated.js", `export const name = ${JSON.stringify("node")};\n`);
