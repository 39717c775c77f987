// The first process of a machine that runs one app (isolation level `microvm`): it makes the place that the app finds at every level, runs it,
// and ends the machine with it.
//
// Of the app's root, `/command` has the words to run, NUL behind each; `/places` a line for each place that only this machine writes to, and
// one for each connection: PLACE=TARGET, for croft-relay; `/credentials` a directory and whose it is, and the names of the secrets that
// the host gives to the machine beside its memory (fw_cfg), in that order. The host has three ports: croft.out and croft.err take what the app says,
// croft.control takes `up`, when the machine can be reached, and `exit STATUS`; it gives one letter, T, when the app is to end.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024, MOST_WORDS = 4096, FAILED = 125 };

static void end(void) {
  sync();
  // That it restarts is nothing to tell.
  int level = open("/proc/sys/kernel/printk", O_WRONLY | O_CLOEXEC);
  if (level >= 0 && write(level, "0", 1) < 0) { /* then it is told */ }
  reboot(RB_AUTOBOOT);
  _exit(FAILED);
}

// What goes to the kernel's console, the host shows as the app's.
static _Noreturn void stop(const char *format, ...) {
  va_list values;
  va_start(values, format);
  fputs("croft: the machine of this app cannot be used: ", stderr);
  vfprintf(stderr, format, values);
  fprintf(stderr, ": %s.\n", strerror(errno));
  va_end(values);
  end();
  for (;;) pause();
}

static void mounted(const char *what, const char *where, const char *type, unsigned long flags, const char *options) {
  if (mount(what, where, type, flags, options) != 0 && errno != EBUSY) stop("%s cannot be mounted at %s", what, where);
}

static void write_file(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  if (write(file, text, strlen(text)) < 0) { /* a setting that this kernel lacks */ }
  close(file);
}

// In the order of their names, which is that in which they need each other.
static void load_modules(void) {
  struct dirent **found;
  int count = scandir("/modules", &found, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    if (found[i]->d_name[0] == '.') continue;
    char path[512];
    snprintf(path, sizeof path, "/modules/%s", found[i]->d_name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || (syscall(SYS_finit_module, file, "", 0) != 0 && errno != EEXIST)) stop("the module %s cannot be loaded", path);
    close(file);
  }
}

static char *content(const char *path, size_t *length) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) stop("%s cannot be read", path);
  char *text = malloc(4 * CHUNK + 1);
  size_t filled = 0;
  ssize_t count;
  while (text != NULL && filled < 4 * CHUNK && (count = read(file, text + filled, 4 * CHUNK - filled)) > 0) filled += (size_t)count;
  if (text == NULL || count < 0) stop("%s cannot be read", path);
  close(file);
  text[filled] = '\0';
  *length = filled;
  return text;
}

// -- network: what the host's side (QEMU) expects ------------------------------------------

static void bring_up(const char *name, const char *address) {
  int made = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq asked = {0};
  strncpy(asked.ifr_name, name, IFNAMSIZ - 1);
  struct sockaddr_in *place = (struct sockaddr_in *)&asked.ifr_addr;
  place->sin_family = AF_INET;
  if (address != NULL) {
    inet_pton(AF_INET, address, &place->sin_addr);
    if (ioctl(made, SIOCSIFADDR, &asked) != 0) stop("%s has no address", name);
    inet_pton(AF_INET, "255.255.255.0", &place->sin_addr);
    if (ioctl(made, SIOCSIFNETMASK, &asked) != 0) stop("%s has no network", name);
  }
  memset(&asked.ifr_ifru, 0, sizeof asked.ifr_ifru);
  asked.ifr_flags = IFF_UP;
  if (ioctl(made, SIOCSIFFLAGS, &asked) != 0) stop("%s cannot be used", name);
  close(made);
}

static void route_out(void) {
  int made = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct rtentry way = {.rt_flags = RTF_UP | RTF_GATEWAY};
  struct sockaddr_in *place = (struct sockaddr_in *)&way.rt_gateway;
  place->sin_family = AF_INET;
  inet_pton(AF_INET, "10.0.2.2", &place->sin_addr);
  ((struct sockaddr_in *)&way.rt_dst)->sin_family = AF_INET;
  ((struct sockaddr_in *)&way.rt_genmask)->sin_family = AF_INET;
  if (ioctl(made, SIOCADDRT, &way) != 0) fprintf(stderr, "croft: no way out over IPv4: %s.\n", strerror(errno));
  close(made);
  // Of IPv6 the host's side tells by itself (router advertisements).
}

// -- the app ---------------------------------------------------------------------------------------------------------------

static int port(const char *name) {
  // The host's ports come a moment after the device.
  for (int tries = 0; tries < 500; tries++) {
    DIR *ports = opendir("/sys/class/virtio-ports");
    struct dirent *entry;
    while (ports != NULL && (entry = readdir(ports)) != NULL) {
      char path[512], found[64] = "";
      snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", entry->d_name);
      int file = open(path, O_RDONLY | O_CLOEXEC);
      if (file < 0) continue;
      if (read(file, found, sizeof found - 1) < 0) found[0] = '\0';
      close(file);
      found[strcspn(found, "\n")] = '\0';
      if (strcmp(found, name) != 0) continue;
      snprintf(path, sizeof path, "/dev/%s", entry->d_name);
      int opened = open(path, O_RDWR | O_CLOEXEC);
      if (opened >= 0) {
        closedir(ports);
        return opened;
      }
    }
    if (ports != NULL) closedir(ports);
    usleep(10 * 1000);
  }
  stop("there is no port %s", name);
}

static void write_all(int to, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t count = write(to, bytes, length);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    bytes += count;
    length -= (size_t)count;
  }
}

// Places that only this machine writes to, and the ways to the box's servers.
static void make_places(const char *relay) {
  size_t length;
  char *text = content("/places", &length), *words[64] = {strdup(relay)};
  int count = 1;
  for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    if (strchr(line, '=') == NULL) mounted("tmpfs", line, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m");
    else if (count < 62) words[count++] = line;
  }
  if (count == 1) return;
  pid_t child = fork();
  if (child == 0) {
    execv(relay, words);
    _exit(FAILED);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) stop("the ways to the box's servers cannot be made");
}

// Into memory that is never written to a disk, for the app alone.
static void take_credentials(void) {
  size_t length;
  char *text = content("/credentials", &length), *line = strtok(text, "\n");
  if (line == NULL) return;
  char directory[512];
  unsigned user, group;
  if (sscanf(line, "%511s %u %u", directory, &user, &group) != 3) stop("%s does not say whose secrets it has", "/credentials");
  mounted("ramfs", directory, "ramfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0500");
  for (int number = 0; (line = strtok(NULL, "\n")) != NULL; number++) {
    char from[128], to[1024];
    snprintf(from, sizeof from, "/sys/firmware/qemu_fw_cfg/by_name/opt/croft/%d/raw", number);
    snprintf(to, sizeof to, "%s/%s", directory, line);
    int source = open(from, O_RDONLY | O_CLOEXEC), target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    static char bytes[CHUNK];
    ssize_t count = -1;
    if (source < 0 || target < 0) stop("the secret %s cannot be taken", line);
    while ((count = read(source, bytes, sizeof bytes)) > 0)
      if (write(target, bytes, (size_t)count) != count) break;
    memset(bytes, 0, sizeof bytes);
    if (count != 0 || fchown(target, user, group) != 0) stop("the secret %s cannot be taken", line);
    close(source);
    close(target);
  }
  if (chown(directory, user, group) != 0) stop("%s cannot be given to the app", directory);
  free(text);
}

static pid_t start(char **words, const char *directory, const sigset_t *mask, int out, int err) {
  pid_t child = fork();
  if (child != 0) return child;
  setsid();
  sigprocmask(SIG_SETMASK, mask, NULL);
  int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, 0);
  dup2(out, 1);
  dup2(err, 2);
  if (nothing > 2) close(nothing);
  if (chdir(directory) != 0) fprintf(stderr, "croft: %s: %s.\n", directory, strerror(errno));
  else execv(words[0], words);
  fprintf(stderr, "croft: %s cannot be started: %s.\n", words[0], strerror(errno));
  _exit(FAILED);
}

int main(void) {
  mounted("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, NULL);
  int console = open("/dev/console", O_RDWR);
  if (console >= 0) {
    dup2(console, 1);
    dup2(console, 2);
  }
  mounted("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
  mounted("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
  load_modules();

  // The device may be found a moment after its driver.
  int tries = 0;
  while (mount("croft", "/root", "virtiofs", 0, NULL) != 0)
    if (tries++ == 500) stop("the app's files cannot be mounted");
    else usleep(10 * 1000);
  static const char *kept[] = {"/dev", "/proc", "/sys"};
  for (int i = 0; i < 3; i++) {
    char place[16];
    snprintf(place, sizeof place, "/root%s", kept[i]);
    mounted(kept[i], place, NULL, MS_MOVE, NULL);
  }
  if (chdir("/root") != 0 || mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0) stop("the app's root cannot be taken");
  mkdir("/dev/pts", 0755);
  mkdir("/dev/shm", 01777);
  mounted("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "mode=620,ptmxmode=666");
  mounted("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, NULL);
  static const char *links[][2] = {{"/proc/self/fd", "/dev/fd"}, {"fd/0", "/dev/stdin"}, {"fd/1", "/dev/stdout"}, {"fd/2", "/dev/stderr"}};
  for (int i = 0; i < 4; i++)
    if (symlink(links[i][0], links[i][1]) != 0 && errno != EEXIST) stop("%s cannot be made", links[i][1]);
  write_file("/proc/sys/kernel/dmesg_restrict", "1");
  write_file("/proc/sys/kernel/kptr_restrict", "2");
  write_file("/proc/sys/net/ipv4/ip_unprivileged_port_start", "1024");

  bring_up("lo", NULL);
  bring_up("eth0", "10.0.2.15");
  route_out();

  // Name, directory, croft-relay; then the words of the command.
  size_t length;
  char *text = content("/command", &length), *words[MOST_WORDS + 1];
  int count = 0;
  for (char *word = text; word < text + length && count < MOST_WORDS; word += strlen(word) + 1) words[count++] = word;
  words[count] = NULL;
  if (count < 4) stop("there is no command");
  if (sethostname(words[0], strlen(words[0])) != 0) stop("it cannot be called %s", words[0]);
  make_places(words[2]);
  take_credentials();

  int said[2][2], ports[2] = {port("croft.out"), port("croft.err")}, control = port("croft.control");
  if (pipe2(said[0], O_CLOEXEC) != 0 || pipe2(said[1], O_CLOEXEC) != 0) stop("there is no pipe");
  sigset_t mask, before;
  sigemptyset(&mask);
  sigaddset(&mask, SIGCHLD);
  sigprocmask(SIG_BLOCK, &mask, &before);
  int children = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
  write_all(control, "up\n", 3);
  pid_t app = start(words + 3, words[1], &before, said[0][1], said[1][1]);
  if (children < 0 || app < 0) stop("the app cannot be started");
  close(said[0][1]);
  close(said[1][1]);

  static char bytes[CHUNK];
  struct pollfd ways[] = {{.fd = said[0][0], .events = POLLIN}, {.fd = said[1][0], .events = POLLIN}, {.fd = control, .events = POLLIN}, {.fd = children, .events = POLLIN}};
  int status = -1;
  // What else the app has started goes with it; what it has said until then does not.
  while (poll(ways, 4, status < 0 ? -1 : 0) > (status < 0 ? -1 : 0)) {
    int heard = 0;
    for (int i = 0; i < 2; i++) {
      if (ways[i].fd < 0 || ways[i].revents == 0) continue;
      ssize_t size = read(ways[i].fd, bytes, sizeof bytes);
      if (size > 0) write_all(ports[i], bytes, (size_t)size), heard = 1;
      else ways[i].fd = -1;
    }
    if (status >= 0) {
      if (!heard) break;
      continue;
    }
    if (ways[2].revents & POLLIN) {
      char word;
      if (read(control, &word, 1) == 1 && word == 'T') kill(app, SIGTERM);
    } else if (ways[2].revents != 0) ways[2].fd = -1;
    if (ways[3].revents != 0) {
      struct signalfd_siginfo told;
      while (read(children, &told, sizeof told) == (ssize_t)sizeof told) {}
      int code;
      pid_t gone;
      while ((gone = waitpid(-1, &code, WNOHANG)) > 0)
        if (gone == app) status = WIFEXITED(code) ? WEXITSTATUS(code) : 256 + WTERMSIG(code);
    }
  }
  char word[32];
  int size = snprintf(word, sizeof word, "exit %d\n", status);
  write_all(control, word, (size_t)size);
  end();
  return 0;
}
