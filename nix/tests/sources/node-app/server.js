// Answers every request with what the process was given, as JSON: tests compare it with the state.
const http = require("node:http");

const given = JSON.stringify({
  argv: process.argv.slice(2),
  environment: process.env,
  directory: process.cwd(),
  user: process.getuid(),
});

http
  .createServer((request, response) => response.setHeader("Content-Type", "application/json").end(given))
  .listen(Number(process.env.PORT), process.env.HOST);
