// Says 10 000 lines a second, for nine seconds, however late the timer is: fewer than the box keeps of one operation.
const RATE = 10_000;
const ALL = 9 * RATE;
const began = Date.now();
let said = 0;
const timer = setInterval(() => {
  const due = Math.min(ALL, Math.floor(((Date.now() - began) * RATE) / 1000));
  let lines = "";
  for (; said < due; said++) {
    lines += `flood ${said} of ${ALL}: a line as long as those that compilers usually say, with a path/to/some/file.c in it\n`;
  }
  process.stdout.write(lines);
  if (said === ALL) {
    clearInterval(timer);
  }
}, 10);
