// Says its version, as the hello app does.
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");

const version = fs.readFileSync(path.join(__dirname, "VERSION"), "utf8").trim();
http
  .createServer((request, response) => response.end(`This is ${version}`))
  .listen(Number(process.env.PORT), process.env.HOST);
