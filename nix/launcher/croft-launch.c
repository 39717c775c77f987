// croft-launch: puts secrets into the environment of a program, and becomes that program.
//
//   croft-launch [--environment=FILE] [--as=UID:GID] [--search=DIR:DIR…] [--path] [--env=NAME]… [--env-file=NAME]…
//                [--around=NAME,VARIABLE=BEFORE*AFTER]… [--confine] -- PROGRAM [ARGUMENT…]
//
// systemd gives a unit its secrets as files in $CREDENTIALS_DIRECTORY. For programs that read nothing but the environment,
// --env makes a file the variable of its name, and --env-file takes the variables from a file's lines. --around makes a variable of
// a file with text around it, such as an address with a password in it. Nothing is expanded and no shell takes part: what the file
// has, the program gets. A value is never written anywhere, not even when it is refused.
//
// --path looks for the program where a person at a prompt would find it, in $PATH, and not in --search. --confine takes from the
// program, and all that it starts, the system calls that making its jail took: mounts, namespaces, capabilities.
//
// --environment replaces all variables by those in a file, NAME=VALUE with a NUL behind each: what stands in front of a container or a
// machine has variables of its own. --as gives up root for an account's numbers, without any other group.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

// What a sealed credential may be; one byte more tells that it is larger.
enum { MOST = 1024 * 1024, CONFIGURATION = 78, NOT_EXECUTABLE = 126, NOT_FOUND = 127 };

static _Noreturn void stop(int code, const char *format, ...) {
  va_list values;
  va_start(values, format);
  fputs("croft: ", stderr);
  vfprintf(stderr, format, values);
  fputc('\n', stderr);
  va_end(values);
  exit(code);
}

static char *content(const char *name, size_t *length) {
  const char *directory = getenv("CREDENTIALS_DIRECTORY");
  if (directory == NULL) stop(CONFIGURATION, "the unit was given no credentials, so there is no secret %s.", name);
  char *path = NULL;
  if (asprintf(&path, "%s/%s", directory, name) < 0) stop(CONFIGURATION, "out of memory.");
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) stop(CONFIGURATION, "the secret %s cannot be read: %s.", name, strerror(errno));
  char *text = malloc(MOST + 1);
  if (text == NULL) stop(CONFIGURATION, "out of memory.");
  size_t filled = 0;
  ssize_t count;
  while (filled <= MOST && (count = read(file, text + filled, MOST + 1 - filled)) != 0) {
    if (count > 0) filled += (size_t)count;
    else if (errno != EINTR) stop(CONFIGURATION, "the secret %s cannot be read: %s.", name, strerror(errno));
  }
  if (filled > MOST) stop(CONFIGURATION, "the secret %s is larger than %d bytes.", name, MOST);
  if (memchr(text, '\0', filled) != NULL)
    stop(CONFIGURATION, "the secret %s has a NUL byte, which no environment variable can hold. Give it to the app as a file.", name);
  close(file);
  free(path);
  text[filled] = '\0';
  *length = filled;
  return text;
}

// A variable that the unit has already, or that another secret has set, is a mistake that must not decide which one counts.
static void assign(const char *variable, const char *value, const char *secret) {
  if (getenv(variable) != NULL)
    stop(CONFIGURATION, "the secret %s would set the variable %s, which is set already. Rename one of them.", secret, variable);
  if (setenv(variable, value, 1) != 0) stop(CONFIGURATION, "out of memory.");
}

static char *value_of(const char *name) {
  size_t length;
  char *text = content(name, &length);
  // A line break at the end is an editor's, not the secret's.
  if (length > 0 && text[length - 1] == '\n') text[--length] = '\0';
  if (length > 0 && text[length - 1] == '\r') text[--length] = '\0';
  return text;
}

static void from_value(const char *name) {
  char *text = value_of(name);
  assign(name, text, name);
  free(text);
}

// NAME,VARIABLE=BEFORE*AFTER. A name that says secret with a colon behind it would look like one with its value.
static void from_text_around(const char *words) {
  char *name = strdup(words);
  if (name == NULL) stop(CONFIGURATION, "out of memory.");
  char *variable = strchr(name, ',');
  char *before = variable == NULL ? NULL : strchr(variable, '=');
  char *behind = before == NULL ? NULL : strchr(before, '*');
  if (behind == NULL) stop(CONFIGURATION, "--around is NAME,VARIABLE=BEFORE*AFTER.");
  *variable++ = *before++ = *behind++ = '\0';
  char *text = value_of(name), *whole = NULL;
  if (asprintf(&whole, "%s%s%s", before, text, behind) < 0) stop(CONFIGURATION, "out of memory.");
  assign(variable, whole, name);
  free(whole);
  free(text);
  free(name);
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static bool begins_name(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }

static bool continues_name(char c) { return begins_name(c) || (c >= '0' && c <= '9'); }

// Reads a quoted value into itself: *position is behind the opening quote, and then behind the closing one. False without one.
static bool unquote(char quote, char **position, int *line) {
  char *from = *position, *to = *position;
  for (; *from != '\0' && *from != quote; from++) {
    *line += *from == '\n';
    if (quote != '"' || *from != '\\' || from[1] == '\0') {
      *to++ = *from;
      continue;
    }
    switch (*++from) {
      case 'n': *to++ = '\n'; break;
      case 'r': *to++ = '\r'; break;
      case 't': *to++ = '\t'; break;
      case '"': case '\\': case '$': *to++ = *from; break;
      default: *to++ = '\\', *to++ = *from;
    }
  }
  if (*from != quote) return false;
  *position = from + 1;
  *to = '\0';
  return true;
}

static char *behind_blanks(char *position) {
  while (is_blank(*position)) position++;
  return position;
}

// NAME=VALUE a line; empty lines and those that begin with # are left out, `export ` in front is skipped. A value in single
// quotes is literal, in double quotes \n \r \t \" \\ \$ are escapes, and both may go over several lines.
static void from_file(const char *secret) {
  size_t length;
  char *text = content(secret, &length), *position = text;
  bool more = true;
  for (int line = 1; more; line++, position++) {
    position = behind_blanks(position);
    if (strncmp(position, "export ", 7) == 0) position = behind_blanks(position + 7);
    if (*position == '#' || *position == '\n' || *position == '\0') {
      position += strcspn(position, "\n");
      more = *position == '\n';
      continue;
    }
    char *variable = position;
    if (begins_name(*position))
      while (continues_name(*position)) position++;
    char *end = position;
    position = behind_blanks(position);
    if (end == variable || *position != '=') stop(CONFIGURATION, "the secret %s: line %d is not NAME=VALUE.", secret, line);
    *end = '\0';
    position = behind_blanks(position + 1);
    char *value = position;
    if (*position == '"' || *position == '\'') {
      int begun = line;
      value++, position++;
      if (!unquote(value[-1], &position, &line))
        stop(CONFIGURATION, "the secret %s: the quote in line %d does not end.", secret, begun);
      position = behind_blanks(position);
      if (*position != '\n' && *position != '\0')
        stop(CONFIGURATION, "the secret %s: there is more behind the quoted value in line %d.", secret, line);
      more = *position == '\n';
    } else {
      position += strcspn(position, "\n");
      more = *position == '\n';
      for (end = position; end > value && is_blank(end[-1]);) end--;
      *end = '\0';
    }
    assign(variable, value, secret);
  }
  free(text);
}

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv)
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#else
#error "croft-launch does not know the system calls of this machine"
#endif

// clone3 has its flags in memory, where a filter cannot look; without it C libraries use clone.
static void confine(void) {
  const uint32_t namespaces = CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS;
  static const uint32_t refused[] = {
      SYS_mount,  SYS_umount2, SYS_pivot_root, SYS_chroot,  SYS_open_tree, SYS_move_mount, SYS_fsopen,
      SYS_fsconfig, SYS_fsmount, SYS_fspick,   SYS_mount_setattr, SYS_unshare, SYS_setns,  SYS_capset,
  };
  enum { REFUSED = sizeof refused / sizeof *refused, MOST_LINES = 2 * REFUSED + 16 };
  struct sock_filter lines[MOST_LINES];
  unsigned short count = 0;
#define LINE(...) lines[count++] = (struct sock_filter)__VA_ARGS__
#define LOAD(field) LINE(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field)))
#define FAIL(error) LINE(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error)))
  LOAD(arch);
  LINE(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
  LINE(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  LOAD(nr);
  for (size_t i = 0; i < REFUSED; i++) {
    LINE(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused[i], 0, 1));
    FAIL(EPERM);
  }
  LINE(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1));
  FAIL(ENOSYS);
  LINE(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3));
  LOAD(args[0]);
  LINE(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, namespaces, 0, 1));
  FAIL(EPERM);
  LINE(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
#undef FAIL
#undef LOAD
#undef LINE
  struct sock_fprog filter = {.len = count, .filter = lines};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
    stop(CONFIGURATION, "the program cannot be confined: %s.", strerror(errno));
}

static void replace_environment(const char *path) {
  // Lives as long as the program does: the variables point into it.
  static char text[2 * MOST + 1];
  int file = open(path, O_RDONLY | O_CLOEXEC);
  size_t filled = 0;
  ssize_t count = file < 0 ? -1 : 0;
  while (file >= 0 && filled < sizeof text - 1 && (count = read(file, text + filled, sizeof text - 1 - filled)) > 0) filled += (size_t)count;
  if (count != 0) stop(CONFIGURATION, "the variables in %s cannot be read: %s.", path, file < 0 || count < 0 ? strerror(errno) : "they are too many");
  close(file);
  if (clearenv() != 0) stop(CONFIGURATION, "out of memory.");
  for (char *entry = text; entry < text + filled; entry += strlen(entry) + 1)
    if (strchr(entry, '=') != NULL && putenv(entry) != 0) stop(CONFIGURATION, "out of memory.");
}

static void become_account(const char *numbers) {
  char *end = NULL;
  unsigned long user = strtoul(numbers, &end, 10);
  unsigned long group = *end == ':' ? strtoul(end + 1, &end, 10) : 0;
  if (*end != '\0' || user == 0 || group == 0) stop(CONFIGURATION, "--as is UID:GID, of somebody who is not root.");
  if (setgroups(0, NULL) != 0 || setresgid((gid_t)group, (gid_t)group, (gid_t)group) != 0 || setresuid((uid_t)user, (uid_t)user, (uid_t)user) != 0)
    stop(CONFIGURATION, "the account %s cannot be taken: %s.", numbers, strerror(errno));
}

// Becomes the program; where it is looked for is the unit's ExecSearchPath=, which systemd applies to the first program only.
static _Noreturn void become(char **argv, const char *search) {
  int reason = ENOENT;
  if (strchr(argv[0], '/') != NULL) {
    execve(argv[0], argv, environ);
    reason = errno;
    search = NULL;
  }
  while (search != NULL) {
    size_t length = strcspn(search, ":");
    char *path = NULL;
    if (asprintf(&path, "%.*s/%s", (int)length, search, argv[0]) < 0) stop(CONFIGURATION, "out of memory.");
    execve(path, argv, environ);
    if (errno != ENOENT && errno != ENOTDIR) reason = errno;
    free(path);
    search = search[length] == ':' ? search + length + 1 : NULL;
  }
  stop(reason == ENOENT ? NOT_FOUND : NOT_EXECUTABLE, "%s cannot be started: %s.", argv[0],
       reason == E2BIG ? "environment and arguments are larger than the kernel takes" : strerror(reason));
}

static const char *after(const char *prefix, const char *word) {
  size_t length = strlen(prefix);
  return strncmp(prefix, word, length) == 0 ? word + length : NULL;
}

int main(int count, char **words) {
  const char *search = NULL, *value;
  bool confined = false, from_path = false;
  int at = 1;
  for (; at < count && strcmp(words[at], "--") != 0; at++) {
    if ((value = after("--search=", words[at])) != NULL) search = value;
    else if ((value = after("--environment=", words[at])) != NULL) replace_environment(value);
    else if ((value = after("--as=", words[at])) != NULL) become_account(value);
    else if ((value = after("--env=", words[at])) != NULL) from_value(value);
    else if ((value = after("--env-file=", words[at])) != NULL) from_file(value);
    else if ((value = after("--around=", words[at])) != NULL) from_text_around(value);
    else if (strcmp(words[at], "--path") == 0) from_path = true;
    else if (strcmp(words[at], "--confine") == 0) confined = true;
    else stop(CONFIGURATION, "croft-launch does not know %s.", words[at]);
  }
  if (at + 1 >= count) stop(CONFIGURATION, "croft-launch has no program to become.");
  if (from_path) search = getenv("PATH");
  if (confined) confine();
  become(words + at + 1, search);
}
