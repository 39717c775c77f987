// A build that goes on once the test lays a file named after the version where builds on a sandbox host can see it.
const fs = require("node:fs");

const version = fs.readFileSync("VERSION", "utf8").trim();
const go = `/usr/local/share/croft-drill/${version}`;
console.log(`building ${version}`);
const wait = setInterval(() => {
  if (fs.existsSync(go)) {
    clearInterval(wait);
    // More than a nearly full disk has room for.
    fs.writeFileSync("weight", Buffer.alloc(8 << 20, version));
    console.log(`built ${version}`);
  }
}, 50);
