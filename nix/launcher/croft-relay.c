// croft-relay: carries connections from one place to another.
//
//   croft-relay PLACE=TARGET…    listens at each place, says so by ending, and goes on in the background
//   croft-relay --stdio TARGET   carries what it is given to the target, and what that says back
//
// A place is a path, or the port of a TCP address (127.0.0.1:25); so is a target. An app with a network or accounts of its own reaches the
// box's servers by this: they see who runs it, the app's account, as they would see the app.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST_PLACES = 16, CHUNK = 64 * 1024 };

static _Noreturn void stop(const char *format, ...) {
  va_list values;
  va_start(values, format);
  fputs("croft: ", stderr);
  vfprintf(stderr, format, values);
  fputc('\n', stderr);
  va_end(values);
  exit(1);
}

union address {
  struct sockaddr any;
  struct sockaddr_un path;
  struct sockaddr_in port;
};

// A socket for what the words name, and its address.
static int opened(const char *words, union address *address, socklen_t *size) {
  memset(address, 0, sizeof *address);
  if (words[0] == '/') {
    if (strlen(words) >= sizeof address->path.sun_path) stop("the path %s is too long for a socket.", words);
    address->path.sun_family = AF_UNIX;
    strcpy(address->path.sun_path, words);
    *size = sizeof address->path;
  } else {
    char host[INET_ADDRSTRLEN];
    const char *colon = strchr(words, ':');
    if (colon == NULL || (size_t)(colon - words) >= sizeof host) stop("%s is neither a path nor an address with a port.", words);
    memcpy(host, words, (size_t)(colon - words));
    host[colon - words] = '\0';
    address->port.sin_family = AF_INET;
    address->port.sin_port = htons((uint16_t)atoi(colon + 1));
    if (inet_pton(AF_INET, host, &address->port.sin_addr) != 1) stop("%s is no address.", words);
    *size = sizeof address->port;
  }
  int made = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) stop("no socket can be made: %s.", strerror(errno));
  return made;
}

static bool write_all(int to, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t count = write(to, bytes, length);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes += count;
    length -= (size_t)count;
  }
  return true;
}

// Both ways, until both have ended. What one side has said to its end is told to the other.
static void carry(int from_in, int from_out, int to) {
  static char bytes[CHUNK];
  struct pollfd ways[2] = {{.fd = from_in, .events = POLLIN}, {.fd = to, .events = POLLIN}};
  while (ways[0].fd >= 0 || ways[1].fd >= 0) {
    if (poll(ways, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    for (int i = 0; i < 2; i++) {
      if (ways[i].fd < 0 || ways[i].revents == 0) continue;
      int out = i == 0 ? to : from_out;
      ssize_t count = read(ways[i].fd, bytes, sizeof bytes);
      if (count < 0 && errno == EINTR) continue;
      if (count > 0 && write_all(out, bytes, (size_t)count)) continue;
      if (count > 0 || shutdown(out, SHUT_WR) != 0) return;
      ways[i].fd = -1;
    }
  }
}

static int reached(const char *target) {
  union address address;
  socklen_t size;
  int made = opened(target, &address, &size);
  if (connect(made, &address.any, size) == 0) return made;
  close(made);
  return -1;
}

int main(int count, char **words) {
  signal(SIGPIPE, SIG_IGN);
  if (count == 3 && strcmp(words[1], "--stdio") == 0) {
    int to = reached(words[2]);
    if (to < 0) stop("%s cannot be reached: %s.", words[2], strerror(errno));
    carry(STDIN_FILENO, STDOUT_FILENO, to);
    return 0;
  }
  struct pollfd places[MOST_PLACES];
  const char *targets[MOST_PLACES];
  if (count < 2 || count - 1 > MOST_PLACES) stop("croft-relay takes 1 to %d of PLACE=TARGET.", MOST_PLACES);
  for (int i = 0; i < count - 1; i++) {
    char *equals = strchr(words[i + 1], '=');
    if (equals == NULL) stop("%s is not PLACE=TARGET.", words[i + 1]);
    *equals = '\0';
    targets[i] = equals + 1;
    union address address;
    socklen_t size;
    int place = opened(words[i + 1], &address, &size), on = 1;
    setsockopt(place, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    // Who can see it may use it: it lies where nobody but the app is.
    mode_t mask = umask(0);
    if (bind(place, &address.any, size) != 0 || listen(place, 128) != 0) stop("%s cannot be listened at: %s.", words[i + 1], strerror(errno));
    umask(mask);
    places[i] = (struct pollfd){.fd = place, .events = POLLIN};
  }
  if (daemon(0, 1) != 0) stop("it cannot go on in the background: %s.", strerror(errno));
  signal(SIGCHLD, SIG_IGN);
  for (;;) {
    if (poll(places, (nfds_t)(count - 1), -1) < 0 && errno != EINTR) return 1;
    for (int i = 0; i < count - 1; i++) {
      if (!(places[i].revents & POLLIN)) continue;
      int from = accept4(places[i].fd, NULL, NULL, SOCK_CLOEXEC);
      if (from < 0) continue;
      if (fork() == 0) {
        for (int j = 0; j < count - 1; j++) close(places[j].fd);
        int to = reached(targets[i]);
        if (to >= 0) carry(from, from, to);
        _exit(0);
      }
      close(from);
    }
  }
}
