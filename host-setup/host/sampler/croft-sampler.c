// croft-sampler: reads what a machine and its units use, once for all who watch.
//
//   croft-sampler [--root=DIR] [--most-units=N]                                    on the listening socket that systemd hands over
//   croft-sampler [--root=DIR] [--most-units=N] --interval=MILLISECONDS [--frames=N]    to stdout
//
// Who connects sends its interval in milliseconds on a line, and gets frames of croft-host/1 (docs/protocol.md, Measurements) until
// it leaves. Everybody's moments are multiples of their interval on the monotonic clock, so that one reading serves all of them. A
// frame says what is different from the last one that went to the same reader; to who reads too slowly a frame more or less does
// not matter, and none is kept for it. What cannot be read is missing in the frame, and never 0.
//
// It only reads. Descriptors of units' files stay open, because opening them costs more than reading them. Without readers it ends
// after a minute.

#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum {
  MOST_READERS = 32,
  MOST_UNITS = 1000,
  MOST_THINGS = 64,    // disks, interfaces, file systems, sensors
  MOST_GONE = 4096,
  MOST_DEPTH = 6,      // of slices in slices
  FRAME_BYTES = 1024 * 1024 - 1,
  TEXT_BYTES = 128 * 1024,
  LEAST_INTERVAL = 50,
  MOST_INTERVAL = 60000,
  SLOW_SECONDS = 10,   // between two looks at what changes slowly: file systems, sensors, all directories
  STALLED_SECONDS = 30,
  IDLE_SECONDS = 60,
  USAGE = 64,
};

static const int64_t SECOND = 1000000;
static const int64_t UNKNOWN = -1;

static _Noreturn void stop(int code, const char *format, ...) {
  va_list values;
  va_start(values, format);
  fputs("croft-sampler: ", stderr);
  vfprintf(stderr, format, values);
  fputc('\n', stderr);
  va_end(values);
  exit(code);
}

static int64_t clock_micros(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * SECOND + now.tv_nsec / 1000;
}

// ---- text that is read ----------------------------------------------------------------------------------------------

static char text[TEXT_BYTES];

static bool take(int file) {
  if (file < 0) return false;
  ssize_t count;
  do count = pread(file, text, sizeof text - 1, 0);
  while (count < 0 && errno == EINTR);
  if (count < 0) return false;
  text[count] = '\0';
  return true;
}

static const char *root = "";

static int opened(const char *format, ...) {
  char path[PATH_MAX];
  int length = snprintf(path, sizeof path, "%s", root);
  va_list values;
  va_start(values, format);
  int more = vsnprintf(path + length, sizeof path - (size_t)length, format, values);
  va_end(values);
  if (more < 0 || (size_t)(length + more) >= sizeof path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  return open(path, O_RDONLY | O_CLOEXEC);
}

// The file's text in `text`; false, with errno, when it cannot be read.
static bool read_once(const char *path) {
  int file = opened("%s", path);
  if (file < 0) return false;
  bool done = take(file);
  int reason = errno;
  close(file);
  errno = reason;
  return done;
}

// A whole number from 0; UNKNOWN for anything else, and *end is where it stops.
static int64_t number(const char *from, const char **end) {
  int64_t value = 0;
  const char *at = from;
  for (; isdigit((unsigned char)*at); at++)
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *at - '0', &value)) {
      while (isdigit((unsigned char)*at)) at++;
      if (end != NULL) *end = at;
      return UNKNOWN;
    }
  if (end != NULL) *end = at;
  return at == from ? UNKNOWN : value;
}

static const char *next_line(const char *line) {
  const char *end = strchr(line, '\n');
  return end == NULL ? line + strlen(line) : end + 1;
}

// The number behind `key` at the beginning of a line, with blanks between.
static int64_t line_value(const char *key) {
  size_t length = strlen(key);
  for (const char *line = text; *line != '\0'; line = next_line(line))
    if (strncmp(line, key, length) == 0 && (line[length] == ' ' || line[length] == '\t')) {
      const char *at = line + length;
      while (*at == ' ' || *at == '\t') at++;
      return number(at, NULL);
    }
  return UNKNOWN;
}

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=123": microseconds.
static int64_t stalled(const char *kind) {
  size_t length = strlen(kind);
  for (const char *line = text; *line != '\0'; line = next_line(line)) {
    if (strncmp(line, kind, length) != 0) continue;
    const char *total = strstr(line, " total="), *end = next_line(line);
    return total == NULL || total > end ? UNKNOWN : number(total + 7, NULL);
  }
  return UNKNOWN;
}

// ---- the frame that is written ----------------------------------------------------------------------------------------

static char frame[FRAME_BYTES];
static size_t filled;
static bool overflown;

static void put(const char *words, size_t length) {
  if (overflown || length > sizeof frame - filled) {
    overflown = true;
    return;
  }
  memcpy(frame + filled, words, length);
  filled += length;
}

static void say(const char *words) { put(words, strlen(words)); }

static void say_number(int64_t value) {
  if (value == UNKNOWN) {
    say("null");
    return;
  }
  char digits[24], *at = digits + sizeof digits;
  do *--at = (char)('0' + value % 10);
  while ((value /= 10) > 0);
  put(at, (size_t)(digits + sizeof digits - at));
}

// Names come from the kernel and from file names; what is not printable ASCII is a question mark.
static void say_text(const char *words) {
  say("\"");
  for (; *words != '\0'; words++) {
    if (*words == '"' || *words == '\\') say("\\");
    char shown = *words < ' ' || *words > '~' ? '?' : *words;
    put(&shown, 1);
  }
  say("\"");
}

static void say_member(const char *name, int64_t value, bool first) {
  if (!first) say(",");
  say_text(name);
  say(":");
  say_number(value);
}

static void say_row(const int64_t *values, int count) {
  say("[");
  for (int i = 0; i < count; i++) {
    if (i > 0) say(",");
    say_number(values[i]);
  }
  say("]");
}

// ---- units ------------------------------------------------------------------------------------------------------------

// The order is the protocol's.
enum {
  CPU, CPU_USER, CPU_SYSTEM, CPU_THROTTLED, CPU_PERIODS, CPU_PERIODS_THROTTLED,
  MEMORY, MEMORY_PEAK, MEMORY_HIGH, MEMORY_MAX, MEMORY_OOM, MEMORY_OOM_KILL,
  IO_READ, IO_WRITTEN, IO_READS, IO_WRITES,
  PIDS,
  PSI_CPU_SOME, PSI_CPU_FULL, PSI_MEMORY_SOME, PSI_MEMORY_FULL, PSI_IO_SOME, PSI_IO_FULL,
  COLUMNS,
};

enum { CPU_STAT, MEMORY_CURRENT, MEMORY_PEAK_FILE, MEMORY_EVENTS, IO_STAT, PIDS_CURRENT, CPU_PRESSURE, MEMORY_PRESSURE, IO_PRESSURE, FILES };

static const char *const FILE_NAMES[FILES] = {
    "cpu.stat", "memory.current", "memory.peak", "memory.events", "io.stat", "pids.current", "cpu.pressure", "memory.pressure", "io.pressure",
};

struct unit {
  char *path;         // below the hierarchy
  const char *name;   // its last part
  ino_t inode;
  int64_t id;
  int64_t born;       // reading in which it was first seen
  int64_t changed;    // reading in which a value of it was last another one
  int64_t values[COLUMNS];
  int files[FILES];
  int directory;      // of a slice
  nlink_t links;      // how many directories a slice has, and two
  struct timespec touched;
  bool seen;
};

struct gone {
  int64_t id, born, when;
};

static struct unit *units[MOST_UNITS];
static int unit_count, most_units = MOST_UNITS, units_cut;
static struct unit *top;  // of the hierarchy: looked into, but no unit
static struct gone gone[MOST_GONE];
static int64_t gone_count, last_id, reading;
static const char *hierarchy;  // below root
static bool rescan_due = true;

static bool ends_with(const char *name, const char *end) {
  size_t length = strlen(name), tail = strlen(end);
  return length > tail && strcmp(name + length - tail, end) == 0;
}

static bool is_slice(const char *name) { return ends_with(name, ".slice"); }

static bool is_unit(const char *name) { return is_slice(name) || ends_with(name, ".service") || ends_with(name, ".scope"); }

static void *must(void *memory) {
  if (memory == NULL) stop(1, "out of memory.");
  return memory;
}

static void close_unit(struct unit *unit) {
  for (int i = 0; i < FILES; i++)
    if (unit->files[i] >= 0) close(unit->files[i]);
  if (unit->directory >= 0) close(unit->directory);
  free(unit->path);
  free(unit);
}

static struct unit *new_unit(const char *path, ino_t inode) {
  struct unit *unit = must(calloc(1, sizeof *unit));
  unit->path = must(strdup(path));
  const char *slash = strrchr(unit->path, '/');
  unit->name = slash == NULL ? unit->path : slash + 1;
  unit->inode = inode;
  unit->born = unit->changed = reading;
  unit->directory = -1;
  for (int i = 0; i < COLUMNS; i++) unit->values[i] = UNKNOWN;
  for (int i = 0; i < FILES; i++) unit->files[i] = -1;
  return unit;
}

// Files that were not there may be by now: a controller is switched on when the first unit asks for it.
static void open_files(struct unit *unit) {
  for (int i = 0; i < FILES; i++)
    if (unit->files[i] < 0) unit->files[i] = opened("%s/%s/%s", hierarchy, unit->path, FILE_NAMES[i]);
}

static void look_into(struct unit *slice, int depth);

static void meet(const char *path, ino_t inode, int depth) {
  struct unit *unit = NULL;
  for (int i = 0; i < unit_count && unit == NULL; i++)
    if (units[i]->inode == inode && strcmp(units[i]->path, path) == 0) unit = units[i];
  if (unit == NULL) {
    if (unit_count >= most_units) {
      units_cut++;
      return;
    }
    unit = units[unit_count++] = new_unit(path, inode);
    unit->id = ++last_id;
  }
  unit->seen = true;
  open_files(unit);
  if (is_slice(unit->name) && depth < MOST_DEPTH) look_into(unit, depth);
}

// A slice has its number of links taken before it is read: what comes while it is read is seen in the next reading.
static void look_into(struct unit *slice, int depth) {
  if (slice->directory < 0) slice->directory = opened("%s/%s", hierarchy, slice->path);
  struct stat state;
  if (slice->directory < 0 || fstat(slice->directory, &state) != 0) return;
  slice->links = state.st_nlink;
  slice->touched = state.st_mtim;
  int copy = openat(slice->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *listing = copy < 0 ? NULL : fdopendir(copy);
  if (listing == NULL) {
    if (copy >= 0) close(copy);
    return;
  }
  struct dirent *entry;
  while ((entry = readdir(listing)) != NULL) {
    if ((entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) || !is_unit(entry->d_name)) continue;
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s%s%s", slice->path, *slice->path == '\0' ? "" : "/", entry->d_name);
    if (length > 0 && (size_t)length < sizeof path) meet(path, entry->d_ino, depth + 1);
  }
  closedir(listing);
}

// All directories anew. A path and an inode make a unit: one that was stopped and started is another, with counters of its own.
static void rescan(void) {
  rescan_due = false;
  units_cut = 0;
  for (int i = 0; i < unit_count; i++) units[i]->seen = false;
  look_into(top, 0);
  for (int i = unit_count - 1; i >= 0; i--) {
    if (units[i]->seen) continue;
    gone[gone_count++ % MOST_GONE] = (struct gone){.id = units[i]->id, .born = units[i]->born, .when = reading};
    close_unit(units[i]);
    units[i] = units[--unit_count];
  }
}

// Whether a slice has other directories than when it was read. The kernel does not always note the time for its groups; one that came
// while another left is then found by the other: the files of a unit that is gone cannot be read.
static bool has_changed(const struct unit *slice) {
  struct stat state;
  if (slice->directory < 0) return false;
  return fstat(slice->directory, &state) != 0 || state.st_nlink != slice->links || state.st_mtim.tv_sec != slice->touched.tv_sec ||
         state.st_mtim.tv_nsec != slice->touched.tv_nsec;
}

static void sum_io(int64_t *values) {
  static const char *const keys[] = {"rbytes=", "wbytes=", "rios=", "wios="};
  int64_t sums[4] = {0, 0, 0, 0};
  for (const char *line = text; *line != '\0'; line = next_line(line)) {
    const char *end = next_line(line);
    for (int i = 0; i < 4; i++) {
      const char *at = strstr(line, keys[i]);
      if (at == NULL || at >= end) continue;
      int64_t value = number(at + strlen(keys[i]), NULL);
      if (value == UNKNOWN || __builtin_add_overflow(sums[i], value, &sums[i])) return;
    }
  }
  memcpy(values, sums, sizeof sums);
}

static void read_unit(struct unit *unit) {
  int64_t now[COLUMNS];
  for (int i = 0; i < COLUMNS; i++) now[i] = UNKNOWN;
  for (int i = 0; i < FILES; i++) {
    if (unit->files[i] < 0) continue;
    if (!take(unit->files[i])) {
      // Pressure of a unit can be switched off; a unit that is gone says ENODEV.
      if (errno == ENODEV) {
        rescan_due = true;
        return;
      }
      continue;
    }
    switch (i) {
      case CPU_STAT:
        now[CPU] = line_value("usage_usec");
        now[CPU_USER] = line_value("user_usec");
        now[CPU_SYSTEM] = line_value("system_usec");
        now[CPU_THROTTLED] = line_value("throttled_usec");
        now[CPU_PERIODS] = line_value("nr_periods");
        now[CPU_PERIODS_THROTTLED] = line_value("nr_throttled");
        break;
      case MEMORY_CURRENT: now[MEMORY] = number(text, NULL); break;
      case MEMORY_PEAK_FILE: now[MEMORY_PEAK] = number(text, NULL); break;
      case MEMORY_EVENTS:
        now[MEMORY_HIGH] = line_value("high");
        now[MEMORY_MAX] = line_value("max");
        now[MEMORY_OOM] = line_value("oom");
        now[MEMORY_OOM_KILL] = line_value("oom_kill");
        break;
      case IO_STAT: sum_io(now + IO_READ); break;
      case PIDS_CURRENT: now[PIDS] = number(text, NULL); break;
      case CPU_PRESSURE: now[PSI_CPU_SOME] = stalled("some"), now[PSI_CPU_FULL] = stalled("full"); break;
      case MEMORY_PRESSURE: now[PSI_MEMORY_SOME] = stalled("some"), now[PSI_MEMORY_FULL] = stalled("full"); break;
      case IO_PRESSURE: now[PSI_IO_SOME] = stalled("some"), now[PSI_IO_FULL] = stalled("full"); break;
    }
  }
  if (memcmp(now, unit->values, sizeof now) != 0) {
    memcpy(unit->values, now, sizeof now);
    unit->changed = reading;
  }
}

static void read_units(bool slow) {
  if (hierarchy == NULL) return;
  bool changed = slow || rescan_due || has_changed(top);
  for (int i = 0; i < unit_count && !changed; i++) changed = has_changed(units[i]);
  if (changed) rescan();
  for (int i = 0; i < unit_count; i++) read_unit(units[i]);
  // Those of which the reading has found out that they are gone are told of in this frame already.
  if (rescan_due) {
    rescan();
    for (int i = 0; i < unit_count; i++)
      if (units[i]->born == reading) read_unit(units[i]);
  }
}

// ---- the machine ------------------------------------------------------------------------------------------------------

enum { MOST_VALUES = 8, MOST_LABEL = 256 };

// One of several: a disk, an interface, a file system, a sensor.
struct thing {
  char label[MOST_LABEL];
  int64_t values[MOST_VALUES];
};

struct table {
  const char *name;
  int columns, count, cut;
  int64_t read;          // in which reading; a slow one is not part of every frame
  const char *gap;       // why there is nothing; NULL where there is
  struct thing things[MOST_THINGS];
};

enum { DISKS, INTERFACES, FILE_SYSTEMS, TEMPERATURES, TABLES };

static struct table tables[TABLES] = {
    {.name = "disks", .columns = 5},
    {.name = "interfaces", .columns = 8},
    {.name = "filesystems", .columns = 5},
    {.name = "temperatures", .columns = 1},
};

static struct thing *another(struct table *table, const char *label) {
  if (table->count >= MOST_THINGS) {
    table->cut++;
    return NULL;
  }
  struct thing *thing = &table->things[table->count++];
  snprintf(thing->label, sizeof thing->label, "%s", label);
  for (int i = 0; i < MOST_VALUES; i++) thing->values[i] = UNKNOWN;
  return thing;
}

static void begin(struct table *table) {
  table->count = table->cut = 0;
  table->gap = NULL;
  table->read = reading;
}

// Up to `most` numbers that follow each other on a line.
static int numbers(const char *at, int64_t *values, int most) {
  int count = 0;
  for (; count < most; count++) {
    while (*at == ' ' || *at == '\t') at++;
    if (!isdigit((unsigned char)*at)) break;
    values[count] = number(at, &at);
  }
  return count;
}

// A name without blanks from *at, which is behind it then.
static bool word(const char **at, char *name, size_t size) {
  while (**at == ' ' || **at == '\t') ++*at;
  size_t length = strcspn(*at, " \t\n");
  if (length == 0 || length >= size) return false;
  memcpy(name, *at, length);
  name[length] = '\0';
  *at += length;
  return true;
}

static int64_t times(int64_t value, int64_t unit) { return value == UNKNOWN || __builtin_mul_overflow(value, unit, &value) ? UNKNOWN : value; }

// Whole disks: the kernel counts what goes through a partition for its disk as well.
static void read_disks(void) {
  struct table *table = &tables[DISKS];
  begin(table);
  if (!read_once("/proc/diskstats")) {
    table->gap = "/proc/diskstats cannot be read.";
    return;
  }
  static char lines[TEXT_BYTES];
  memcpy(lines, text, sizeof lines);
  for (const char *line = lines; *line != '\0'; line = next_line(line)) {
    int64_t device[2], found[13];
    const char *at = line;
    char name[64], path[PATH_MAX], below[64];
    if (numbers(at, device, 2) < 2) continue;
    for (int i = 0; i < 2; i++) at += strspn(at, " "), at += strspn(at, "0123456789");
    if (!word(&at, name, sizeof name) || numbers(at, found, 13) < 10) continue;
    if (strncmp(name, "loop", 4) == 0 || strncmp(name, "ram", 3) == 0) continue;
    strcpy(below, name);
    for (char *slash = below; (slash = strchr(slash, '/')) != NULL;) *slash = '!';
    snprintf(path, sizeof path, "%s/sys/block/%s", root, below);
    if (access(path, F_OK) != 0) continue;
    struct thing *disk = another(table, name);
    if (disk == NULL) continue;
    // The kernel's sectors are always 512 bytes, its times milliseconds.
    disk->values[0] = times(found[2], 512);
    disk->values[1] = times(found[6], 512);
    disk->values[2] = found[0];
    disk->values[3] = found[4];
    disk->values[4] = times(found[9], 1000);
  }
}

static void read_interfaces(void) {
  struct table *table = &tables[INTERFACES];
  begin(table);
  if (!read_once("/proc/net/dev")) {
    table->gap = "/proc/net/dev cannot be read.";
    return;
  }
  for (const char *line = text; *line != '\0'; line = next_line(line)) {
    const char *colon = strchr(line, ':');
    if (colon == NULL || colon > next_line(line)) continue;
    while (*line == ' ') line++;
    char name[64];
    int64_t found[16];
    if ((size_t)(colon - line) >= sizeof name || numbers(colon + 1, found, 16) < 16) continue;
    snprintf(name, sizeof name, "%.*s", (int)(colon - line), line);
    if (strcmp(name, "lo") == 0) continue;
    struct thing *interface = another(table, name);
    if (interface == NULL) continue;
    // Received and sent: bytes, packets, errors, dropped.
    static const int columns[8] = {0, 8, 1, 9, 2, 10, 3, 11};
    for (int i = 0; i < 8; i++) interface->values[i] = found[columns[i]];
  }
}

// Only kinds that lie on this machine's disks: to ask for the room on one that a dead server has would not come back.
static bool is_local(const char *type) {
  static const char *const kinds[] = {"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "vfat", "exfat", "ntfs3", "jfs", "overlay"};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(type, kinds[i]) == 0) return true;
  return false;
}

// \040 and the like, as the kernel writes blanks in names.
static void unescape(char *name) {
  char *to = name;
  for (const char *from = name; *from != '\0'; from++) {
    if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' && from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
      *to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
      from += 3;
    } else {
      *to++ = *from;
    }
  }
  *to = '\0';
}

static void read_file_systems(void) {
  struct table *table = &tables[FILE_SYSTEMS];
  begin(table);
  if (!read_once("/proc/self/mountinfo")) {
    table->gap = "/proc/self/mountinfo cannot be read.";
    return;
  }
  static char devices[MOST_THINGS][32];
  for (const char *line = text; *line != '\0'; line = next_line(line)) {
    // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw
    char id[32], parent[32], device[32], from[PATH_MAX], place[MOST_LABEL], type[64];
    const char *at = line, *end = next_line(line), *dash = strstr(line, " - ");
    if (dash == NULL || dash >= end) continue;
    const char *behind = dash + 3;
    if (!word(&at, id, sizeof id) || !word(&at, parent, sizeof parent) || !word(&at, device, sizeof device)) continue;
    if (!word(&at, from, sizeof from) || !word(&at, place, sizeof place) || !word(&behind, type, sizeof type)) continue;
    if (!is_local(type)) continue;
    unescape(place);
    struct statvfs room;
    if (statvfs(place, &room) != 0) continue;
    // One that is mounted in several places is named by the shortest.
    struct thing *found = NULL;
    for (int i = 0; i < table->count && found == NULL; i++)
      if (strcmp(devices[i], device) == 0) found = &table->things[i];
    if (found != NULL) {
      if (strlen(place) < strlen(found->label)) strcpy(found->label, place);
      continue;
    }
    found = another(table, place);
    if (found == NULL) continue;
    strcpy(devices[found - table->things], device);
    found->values[0] = times((int64_t)room.f_blocks, (int64_t)room.f_frsize);
    found->values[1] = times((int64_t)room.f_bfree, (int64_t)room.f_frsize);
    found->values[2] = times((int64_t)room.f_bavail, (int64_t)room.f_frsize);
    // btrfs and the like have no fixed number of inodes, and say 0.
    if (room.f_files > 0) found->values[3] = (int64_t)room.f_files, found->values[4] = (int64_t)room.f_ffree;
  }
  if (table->count == 0) table->gap = "No file system of this machine's disks can be seen from here.";
}

static void trim(char *name) {
  name[strcspn(name, "\n")] = '\0';
}

// Thousandths of a degree. Below the freezing point is possible and unlikely; such a value is left out.
static void sensor(struct table *table, const char *label, const char *path) {
  if (!read_once(path)) return;
  int64_t value = number(text, NULL);
  if (value == UNKNOWN) return;
  struct thing *thing = another(table, label);
  if (thing != NULL) thing->values[0] = value;
}

static void read_temperatures(void) {
  struct table *table = &tables[TEMPERATURES];
  begin(table);
  for (int i = 0; i < MOST_THINGS; i++) {
    char path[128], name[64], label[MOST_LABEL];
    snprintf(path, sizeof path, "/sys/class/hwmon/hwmon%d/name", i);
    if (!read_once(path)) continue;
    trim(text);
    snprintf(name, sizeof name, "%.60s", text);
    for (int input = 1; input <= 32; input++) {
      snprintf(path, sizeof path, "/sys/class/hwmon/hwmon%d/temp%d_label", i, input);
      if (read_once(path)) {
        trim(text);
        snprintf(label, sizeof label, "%s %.80s", name, text);
      } else {
        snprintf(label, sizeof label, "%s temp%d", name, input);
      }
      snprintf(path, sizeof path, "/sys/class/hwmon/hwmon%d/temp%d_input", i, input);
      sensor(table, label, path);
    }
  }
  for (int i = 0; i < MOST_THINGS && table->count == 0; i++) {
    char path[128], label[MOST_LABEL];
    snprintf(path, sizeof path, "/sys/class/thermal/thermal_zone%d/type", i);
    if (!read_once(path)) continue;
    trim(text);
    snprintf(label, sizeof label, "%.80s", text);
    snprintf(path, sizeof path, "/sys/class/thermal/thermal_zone%d/temp", i);
    sensor(table, label, path);
  }
  if (table->count == 0) table->gap = "This machine shows no temperature sensor.";
}

enum { STATES = 8 };

static struct {
  int64_t cpu[STATES], cores;
  const char *cpu_gap;
  int64_t load[3];
  const char *load_gap;
  int64_t memory[8];
  const char *memory_gap;
  int64_t pressure[3][2];
  const char *pressure_gap;
} machine;

static const char *const CPU_STATES[STATES] = {"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"};
static const char *const MEMORY_KINDS[8] = {"total", "free", "available", "buffers", "cached", "dirty", "swapTotal", "swapFree"};
static const char *const MEMORY_KEYS[8] = {"MemTotal:", "MemFree:", "MemAvailable:", "Buffers:", "Cached:", "Dirty:", "SwapTotal:", "SwapFree:"};
static const char *const PRESSURES[3] = {"cpu", "memory", "io"};

static void read_cpu(void) {
  machine.cpu_gap = "/proc/stat cannot be read.";
  int64_t ticks[STATES];
  if (!read_once("/proc/stat") || strncmp(text, "cpu ", 4) != 0 || numbers(text + 4, ticks, STATES) < STATES) return;
  machine.cpu_gap = NULL;
  const int64_t micros = SECOND / sysconf(_SC_CLK_TCK);
  for (int i = 0; i < STATES; i++) machine.cpu[i] = times(ticks[i], micros);
  machine.cores = 0;
  for (const char *line = next_line(text); strncmp(line, "cpu", 3) == 0; line = next_line(line)) machine.cores++;
}

// Hundredths, so that every value is a whole number.
static void read_load(void) {
  machine.load_gap = "/proc/loadavg cannot be read.";
  if (!read_once("/proc/loadavg")) return;
  const char *at = text;
  for (int i = 0; i < 3; i++) {
    while (*at == ' ') at++;
    int64_t whole = number(at, &at), cents = *at == '.' ? number(at + 1, &at) : UNKNOWN;
    if (whole == UNKNOWN || cents == UNKNOWN) return;
    machine.load[i] = whole * 100 + cents;
  }
  machine.load_gap = NULL;
}

static void read_memory(void) {
  machine.memory_gap = "/proc/meminfo cannot be read.";
  if (!read_once("/proc/meminfo")) return;
  machine.memory_gap = NULL;
  for (int i = 0; i < 8; i++) machine.memory[i] = times(line_value(MEMORY_KEYS[i]), 1024);
}

static void read_pressure(void) {
  machine.pressure_gap = "This kernel does not measure pressure (PSI): /proc/pressure cannot be read.";
  for (int i = 0; i < 3; i++) {
    char path[32];
    snprintf(path, sizeof path, "/proc/pressure/%s", PRESSURES[i]);
    bool there = read_once(path);
    machine.pressure[i][0] = there ? stalled("some") : UNKNOWN;
    machine.pressure[i][1] = there ? stalled("full") : UNKNOWN;
    if (there) machine.pressure_gap = NULL;
  }
}

// ---- what keeps the box from measuring units -----------------------------------------------------------------------------

enum { UNIT_CPU, UNIT_MEMORY, UNIT_IO, UNIT_PIDS, CONTROLLERS };

static const char *const CONTROLLER_NAMES[CONTROLLERS] = {"cpu", "memory", "io", "pids"};
static bool controllers[CONTROLLERS], units_pressure;

static void find_hierarchy(void) {
  static const char *const places[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
  for (size_t i = 0; i < 2 && hierarchy == NULL; i++) {
    char path[64];
    snprintf(path, sizeof path, "%s/cgroup.controllers", places[i]);
    if (read_once(path)) hierarchy = places[i];
  }
  if (hierarchy == NULL) return;
  const char *at = text;
  char name[32];
  memset(controllers, 0, sizeof controllers);
  while (word(&at, name, sizeof name))
    for (int i = 0; i < CONTROLLERS; i++) controllers[i] |= strcmp(name, CONTROLLER_NAMES[i]) == 0;
  if (top == NULL) top = new_unit("", 0);
}

static void read_controllers(void) {
  hierarchy = NULL;
  find_hierarchy();
  units_pressure = machine.pressure_gap == NULL;
}

static void read_all(void) {
  static int64_t slow_at;
  reading++;
  int64_t now = clock_micros(CLOCK_MONOTONIC);
  bool slow = slow_at == 0 || now - slow_at >= SLOW_SECONDS * SECOND;
  read_cpu();
  read_load();
  read_memory();
  read_pressure();
  read_disks();
  read_interfaces();
  if (slow) {
    slow_at = now;
    read_file_systems();
    read_temperatures();
    read_controllers();
  }
  read_units(slow);
}

// ---- frames -----------------------------------------------------------------------------------------------------------

static bool first_gap;

static void say_gap(const char *name, const char *why) {
  if (why == NULL) return;
  if (!first_gap) say(",");
  first_gap = false;
  say_text(name);
  say(":");
  say_text(why);
}

static void say_time(const char *name, int64_t micros) {
  time_t seconds = micros / SECOND;
  struct tm utc;
  gmtime_r(&seconds, &utc);
  char words[64];
  size_t length = strftime(words, sizeof words, "%Y-%m-%dT%H:%M:%S", &utc);
  snprintf(words + length, sizeof words - length, ".%06dZ", (int)(micros % SECOND));
  say_text(name);
  say(":");
  say_text(words);
}

static void say_table(const struct table *table, int64_t last) {
  if (table->gap != NULL || table->read <= last) return;
  say(",");
  say_text(table->name);
  say(":{");
  for (int i = 0; i < table->count; i++) {
    if (i > 0) say(",");
    say_text(table->things[i].label);
    say(":");
    say_row(table->things[i].values, table->columns);
  }
  say("}");
}

// Whether what has gone since that reading is not known any more.
static bool is_too_long_ago(int64_t last) { return gone_count > MOST_GONE && gone[gone_count % MOST_GONE].when > last; }

// What is different since the reading `last`; everything when it is 0.
static void write_frame(int64_t last, int64_t at, int64_t wall) {
  filled = 0;
  overflown = false;
  if (is_too_long_ago(last)) last = 0;
  say("{\"type\":\"reading\",");
  say_time("time", wall);
  say(",\"sample\":{");
  say_member("at", at, true);
  if (last == 0) say(",\"whole\":true");
  if (machine.cpu_gap == NULL) {
    say(",\"cpu\":{");
    for (int i = 0; i < STATES; i++) say_member(CPU_STATES[i], machine.cpu[i], i == 0);
    say_member("cores", machine.cores, false);
    say("}");
  }
  if (machine.load_gap == NULL) say(",\"load\":"), say_row(machine.load, 3);
  if (machine.memory_gap == NULL) {
    say(",\"memory\":{");
    for (int i = 0; i < 8; i++) say_member(MEMORY_KINDS[i], machine.memory[i], i == 0);
    say("}");
  }
  if (machine.pressure_gap == NULL) {
    say(",\"pressure\":{");
    for (int i = 0; i < 3; i++) {
      if (i > 0) say(",");
      say_text(PRESSURES[i]);
      say(":");
      say_row(machine.pressure[i], 2);
    }
    say("}");
  }
  for (int i = 0; i < TABLES; i++) say_table(&tables[i], last);

  say(",\"gaps\":{");
  first_gap = true;
  say_gap("cpu", machine.cpu_gap);
  say_gap("load", machine.load_gap);
  say_gap("memory", machine.memory_gap);
  say_gap("pressure", machine.pressure_gap);
  for (int i = 0; i < TABLES; i++) say_gap(tables[i].name, tables[i].gap);
  if (hierarchy == NULL) {
    say_gap("units", "There is no cgroup v2 hierarchy below /sys/fs/cgroup.");
  } else {
    static const char *const names[CONTROLLERS] = {"units.throttling", "units.memory", "units.io", "units.pids"};
    for (int i = 0; i < CONTROLLERS; i++) {
      char why[128];
      snprintf(why, sizeof why, "The %s controller is not part of this box's cgroup v2 hierarchy.", CONTROLLER_NAMES[i]);
      say_gap(names[i], controllers[i] ? NULL : why);
    }
    say_gap("units.pressure", units_pressure ? NULL : machine.pressure_gap);
  }
  say("}");

  int cut = units_cut;
  for (int i = 0; i < TABLES; i++) cut += tables[i].cut;
  if (cut > 0) say_member("cut", cut, false);

  bool first = true;
  say(",\"new\":[");
  for (int i = 0; i < unit_count; i++) {
    if (last != 0 && units[i]->born <= last) continue;
    say(first ? "[" : ",[");
    first = false;
    say_number(units[i]->id);
    say(",");
    say_text(units[i]->name);
    say("]");
  }
  say("],\"gone\":[");
  first = true;
  int64_t oldest = gone_count > MOST_GONE ? gone_count - MOST_GONE : 0;
  for (int64_t i = gone_count - 1; last != 0 && i >= oldest && gone[i % MOST_GONE].when > last; i--) {
    if (gone[i % MOST_GONE].born > last) continue;
    if (!first) say(",");
    first = false;
    say_number(gone[i % MOST_GONE].id);
  }
  say("],\"units\":[");
  first = true;
  for (int i = 0; i < unit_count; i++) {
    if (last != 0 && units[i]->changed <= last) continue;
    say(first ? "[" : ",[");
    first = false;
    say_number(units[i]->id);
    for (int c = 0; c < COLUMNS; c++) {
      say(",");
      say_number(units[i]->values[c]);
    }
    say("]");
  }
  say("]}}\n");
}

// ---- readers ----------------------------------------------------------------------------------------------------------

struct reader {
  int to;
  int64_t interval;   // microseconds; 0 until it has said it
  int64_t due;
  int64_t last;       // the reading of its last frame
  int64_t heard;      // when it last took anything
  char *pending;
  size_t begun, length;
  char wish[16];
  size_t wished;
};

static struct reader readers[MOST_READERS];
static int reader_count;

static void leave(int at) {
  close(readers[at].to);
  free(readers[at].pending);
  readers[at] = readers[--reader_count];
}

static int64_t next_due(int64_t interval, int64_t now) { return (now / interval + 1) * interval; }

// False when nobody is there any more.
static bool flush(struct reader *reader, int64_t now) {
  while (reader->begun < reader->length) {
    ssize_t count = write(reader->to, reader->pending + reader->begun, reader->length - reader->begun);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    reader->begun += (size_t)count;
    reader->heard = now;
  }
  return true;
}

// Takes the interval, a line; anything else than one is a mistake that ends the connection. So is the end of the input.
static bool hear(struct reader *reader, int64_t now) {
  ssize_t count = read(reader->to, reader->wish + reader->wished, sizeof reader->wish - 1 - reader->wished);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0 || reader->interval != 0) return false;
  reader->wished += (size_t)count;
  reader->wish[reader->wished] = '\0';
  if (reader->wish[reader->wished - 1] != '\n') return reader->wished < sizeof reader->wish - 1;
  const char *end;
  int64_t interval = number(reader->wish, &end);
  if (end[0] != '\n' || end[1] != '\0' || interval < LEAST_INTERVAL || interval > MOST_INTERVAL) return false;
  reader->interval = interval * 1000;
  reader->due = now;
  return true;
}

static void greet(int listener, int64_t now) {
  int to = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (to < 0) return;
  if (reader_count >= MOST_READERS) {
    close(to);
    return;
  }
  readers[reader_count++] = (struct reader){.to = to, .heard = now};
}

static void serve_due(int64_t now) {
  int64_t wall = clock_micros(CLOCK_REALTIME), at = clock_micros(CLOCK_MONOTONIC), written_for = -1;
  read_all();
  for (int i = reader_count - 1; i >= 0; i--) {
    struct reader *reader = &readers[i];
    if (reader->interval == 0 || reader->due > now) continue;
    reader->due = next_due(reader->interval, now);
    if (reader->begun < reader->length) continue;  // It still has the last one to take: what it misses is in the next.
    if (written_for != reader->last) {
      write_frame(reader->last, at, wall);
      written_for = reader->last;
    }
    if (overflown) continue;  // Cannot come with the limits above; half a frame would be worse than none.
    free(reader->pending);
    reader->pending = must(malloc(filled));
    memcpy(reader->pending, frame, filled);
    reader->begun = 0;
    reader->length = filled;
    reader->last = reading;
    if (!flush(reader, now)) leave(i);
  }
}

static void listen_to(int listener) {
  int64_t idle_since = clock_micros(CLOCK_MONOTONIC);
  while (true) {
    int64_t now = clock_micros(CLOCK_MONOTONIC), next = INT64_MAX;
    if (reader_count > 0) idle_since = now;
    else if (now - idle_since >= IDLE_SECONDS * SECOND) return;
    for (int i = 0; i < reader_count; i++)
      if (readers[i].interval != 0 && readers[i].due < next) next = readers[i].due;
    if (next <= now) {
      serve_due(now);
      continue;
    }
    struct pollfd polled[MOST_READERS + 1];
    polled[0] = (struct pollfd){.fd = listener, .events = POLLIN};
    for (int i = 0; i < reader_count; i++) {
      short wants = readers[i].begun < readers[i].length ? POLLIN | POLLOUT : POLLIN;
      polled[i + 1] = (struct pollfd){.fd = readers[i].to, .events = wants};
    }
    int64_t until = next < now + SECOND ? next : now + SECOND;
    struct timespec wait = {.tv_sec = (until - now) / SECOND, .tv_nsec = (until - now) % SECOND * 1000};
    if (ppoll(polled, (nfds_t)reader_count + 1, &wait, NULL) < 0 && errno != EINTR) stop(1, "poll: %s.", strerror(errno));
    now = clock_micros(CLOCK_MONOTONIC);
    // From the last one, because one that leaves is replaced by the last.
    for (int i = reader_count - 1; i >= 0; i--) {
      short said = polled[i + 1].revents;
      bool stays = !(said & (POLLERR | POLLNVAL)) && (!(said & (POLLIN | POLLHUP)) || hear(&readers[i], now));
      if (stays && said & POLLOUT) stays = flush(&readers[i], now);
      if (stays && readers[i].begun == readers[i].length) readers[i].heard = readers[i].interval != 0 ? now : readers[i].heard;
      if (stays && now - readers[i].heard > STALLED_SECONDS * SECOND) stays = false;
      if (!stays) leave(i);
    }
    if (polled[0].revents & POLLIN) greet(listener, now);
  }
}

// To stdout, for tests and for people.
static void print_frames(int64_t interval, int64_t count) {
  int64_t last = 0;
  for (int64_t i = 0; count == 0 || i < count; i++) {
    if (i > 0) {
      int64_t due = next_due(interval, clock_micros(CLOCK_MONOTONIC));
      struct timespec until = {.tv_sec = due / SECOND, .tv_nsec = due % SECOND * 1000};
      while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) continue;
    }
    int64_t wall = clock_micros(CLOCK_REALTIME), at = clock_micros(CLOCK_MONOTONIC);
    read_all();
    write_frame(last, at, wall);
    last = reading;
    for (size_t begun = 0; begun < filled;) {
      ssize_t written = write(STDOUT_FILENO, frame + begun, filled - begun);
      if (written < 0 && errno != EINTR) exit(errno == EPIPE ? 0 : 1);
      if (written > 0) begun += (size_t)written;
    }
  }
}

static const char *after(const char *prefix, const char *words) {
  size_t length = strlen(prefix);
  return strncmp(prefix, words, length) == 0 ? words + length : NULL;
}

static int64_t bounded(const char *words, int64_t least, int64_t most, const char *name) {
  const char *end;
  int64_t value = number(words, &end);
  if (*end != '\0' || value < least || value > most) stop(USAGE, "%s is a number from %" PRId64 " to %" PRId64 ".", name, least, most);
  return value;
}

int main(int count, char **words) {
  int64_t interval = 0, frames = 0;
  for (int i = 1; i < count; i++) {
    const char *value;
    if ((value = after("--root=", words[i])) != NULL) root = value;
    else if ((value = after("--most-units=", words[i])) != NULL) most_units = (int)bounded(value, 1, MOST_UNITS, "--most-units");
    else if ((value = after("--interval=", words[i])) != NULL) interval = bounded(value, LEAST_INTERVAL, MOST_INTERVAL, "--interval") * 1000;
    else if ((value = after("--frames=", words[i])) != NULL) frames = bounded(value, 1, INT32_MAX, "--frames");
    else stop(USAGE, "there is no option %s.", words[i]);
  }
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  signal(SIGPIPE, SIG_IGN);
  if (interval != 0) {
    print_frames(interval, frames);
    return 0;
  }
  // As sd_listen_fds(3) says it.
  const char *process = getenv("LISTEN_PID"), *handed = getenv("LISTEN_FDS");
  if (process == NULL || handed == NULL || strtol(process, NULL, 10) != getpid() || strcmp(handed, "1") != 0)
    stop(USAGE, "without --interval it needs the one listening socket that systemd hands over.");
  listen_to(3);
  return 0;
}
