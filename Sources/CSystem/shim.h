// The C library for the Swift sources: the headers, and small inline functions for things that Swift does not import
// (variadic functions, casting macros, errno) or that glibc declares only under _GNU_SOURCE.
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#ifdef __linux__
#include <linux/stat.h>
#include <sys/prctl.h>
#endif
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static inline int csystem_errno(void) { return errno; }

// The number of bytes that can be read without blocking, for a file those after its position; 0 if unknown.
static inline int csystem_unread_bytes(int descriptor) {
    int count = 0;
    return ioctl(descriptor, FIONREAD, &count) == 0 ? count : 0;
}

static inline int csystem_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }

// Opens a file in an open directory: nobody can replace the directory meanwhile.
static inline int csystem_open_in(int directory, const char *name, int flags, mode_t mode) {
    return openat(directory, name, flags, mode);
}

static inline int csystem_set_nonblocking(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    return flags < 0 ? flags : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

static inline int csystem_set_close_on_exec(int descriptor) { return fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

// Whether the process inherited a descriptor that it may write to: all descriptors opened here are closed by exec.
static inline bool csystem_is_given_to_write(int descriptor) {
    int flags = fcntl(descriptor, F_GETFD);
    if (flags < 0 || (flags & FD_CLOEXEC) != 0) return false;
    return (fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

// Duplicates a descriptor; the new one is not inherited.
static inline int csystem_duplicate(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 3); }

static inline int csystem_is_regular_file(mode_t mode) { return S_ISREG(mode); }

// The identity of a file, the number of its names, and its size in bytes, which is -1 unless it is a regular file.
struct csystem_file {
    uint64_t device;
    uint64_t number;
    uint64_t names;
    int64_t bytes;
};

// Looks at the file at a path, at a link itself, or at an open file if the path is empty; -1 with errno if it cannot.
//
// Unlike fstat(2), it asks for no times: a file whose times were asked for gets finer ones from its next write on, and
// each sync then writes its inode too (Linux 6.13, Documentation/filesystems/multigrain-ts.rst). Looks at the store's
// log caused a second write to the disk in each commit; so did looks at the report log, since finer times are never
// older than others.
#ifdef __linux__
extern int statx(int, const char *, int, unsigned int, struct statx *);
enum { csystem_at_empty_path = 0x1000 };
#endif
static inline int csystem_look(int descriptor, const char *path, struct csystem_file *file) {
#ifdef __linux__
    struct statx found;
    int flags = *path ? AT_SYMLINK_NOFOLLOW : csystem_at_empty_path;
    if (statx(descriptor, path, flags, STATX_TYPE | STATX_INO | STATX_NLINK | STATX_SIZE, &found) != 0) return -1;
    file->device = (uint64_t)found.stx_dev_major << 32 | found.stx_dev_minor;
    file->number = found.stx_ino;
    file->names = found.stx_nlink;
    file->bytes = S_ISREG(found.stx_mode) ? (int64_t)found.stx_size : -1;
#else
    struct stat found;
    if ((*path ? lstat(path, &found) : fstat(descriptor, &found)) != 0) return -1;
    file->device = (uint64_t)found.st_dev;
    file->number = found.st_ino;
    file->names = found.st_nlink;
    file->bytes = S_ISREG(found.st_mode) ? found.st_size : -1;
#endif
    return 0;
}

#ifndef __linux__
// Sets the equivalents of SOCK_NONBLOCK and SOCK_CLOEXEC on a new descriptor; returns a failed one unchanged.
static inline int csystem_prepare(int descriptor) {
    if (descriptor < 0) return descriptor;
    if (csystem_set_nonblocking(descriptor) >= 0 && csystem_set_close_on_exec(descriptor) >= 0) return descriptor;
    int saved = errno;
    close(descriptor);
    errno = saved;
    return -1;
}
#endif

// Creates a stream socket that does not block and is not inherited.
static inline int csystem_stream_socket(int family) {
#ifdef __linux__
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
#else
    return csystem_prepare(socket(family, SOCK_STREAM, 0));
#endif
}

// Accepts the next connection of a listener, non-blocking and not inherited.
#ifdef __linux__
extern int accept4(int, struct sockaddr *, socklen_t *, int);
#endif
static inline int csystem_accept(int listener, struct sockaddr *address, socklen_t *length) {
#ifdef __linux__
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
    return csystem_prepare(accept(listener, address, length));
#endif
}

// Sends without ever raising SIGPIPE.
static inline ssize_t csystem_send(int descriptor, const void *bytes, size_t count) {
#ifdef MSG_NOSIGNAL
    return send(descriptor, bytes, count, MSG_NOSIGNAL);
#else
    return send(descriptor, bytes, count, 0);
#endif
}

// The same for bytes that others follow at once: where the system can, it sends them together.
static inline ssize_t csystem_send_beginning(int descriptor, const void *bytes, size_t count) {
#if defined(MSG_NOSIGNAL) && defined(MSG_MORE)
    return send(descriptor, bytes, count, MSG_NOSIGNAL | MSG_MORE);
#else
    return csystem_send(descriptor, bytes, count);
#endif
}

// The same for parts at different addresses.
static inline ssize_t csystem_send_parts(int descriptor, const struct iovec *parts, size_t count) {
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = (struct iovec *)parts;
    message.msg_iovlen = count;
#ifdef MSG_NOSIGNAL
    return sendmsg(descriptor, &message, MSG_NOSIGNAL);
#else
    return sendmsg(descriptor, &message, 0);
#endif
}

// Sets one integer socket option.
static inline int csystem_set_option(int descriptor, int level, int name, int value) {
    return setsockopt(descriptor, level, name, &value, sizeof value);
}

// The length and the fields of a socket address, which has one of three families here.
static inline socklen_t csystem_address_length(const struct sockaddr_storage *address) {
    if (address->ss_family == AF_UNIX) return sizeof(struct sockaddr_un);
    return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

static inline uint16_t csystem_address_port(const struct sockaddr_storage *address) {
    if (address->ss_family == AF_UNIX) return 0;
    return ntohs(address->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)address)->sin6_port
                                                : ((const struct sockaddr_in *)address)->sin_port);
}

static inline void csystem_set_address_port(struct sockaddr_storage *address, uint16_t port) {
    if (address->ss_family == AF_UNIX) return;
    if (address->ss_family == AF_INET6) ((struct sockaddr_in6 *)address)->sin6_port = htons(port);
    else ((struct sockaddr_in *)address)->sin_port = htons(port);
}

// Sets the address of a Unix-domain socket; false if the path is too long. An empty path is a peer without a name.
static inline bool csystem_set_unix_path(struct sockaddr_storage *address, const char *path) {
    struct sockaddr_un *unix_address = (struct sockaddr_un *)address;
    size_t length = strlen(path);
    if (length >= sizeof unix_address->sun_path) return false;
    memset(address, 0, sizeof *address);
    unix_address->sun_family = AF_UNIX;
    memcpy(unix_address->sun_path, path, length);
    return true;
}

// The path of a Unix-domain address, which always ends with a zero byte here.
static inline const char *csystem_unix_path(const struct sockaddr_storage *address) {
    return ((const struct sockaddr_un *)address)->sun_path;
}

// Binds or connects a socket to a Unix-domain address within a directory, for paths longer than an address.
//
// The current directory belongs to the whole process, so a child process changes its own; it shares the socket. The
// child calls only functions that are allowed after a fork; see signal-safety(7). It receives no signals, since their
// handlers would wake the parent. Returns 0, or -1 with errno.
static inline int csystem_reach_within(
    int directory, int socket, const struct sockaddr_storage *address, bool binds) {
    sigset_t all, previous;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &previous);
    // The parent process may have ignored it: then there would be nothing to wait for.
    signal(SIGCHLD, SIG_DFL);
    pid_t child = fork();
    if (child == 0) {
        const struct sockaddr *name = (const struct sockaddr *)address;
        int failed = fchdir(directory);
        if (!failed && binds) failed = bind(socket, name, sizeof(struct sockaddr_un));
        if (!failed && !binds) failed = connect(socket, name, sizeof(struct sockaddr_un));
        _exit(failed ? errno : 0);
    }
    int code = errno;
    if (child > 0) {
        int status = 0;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
        code = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
    }
    pthread_sigmask(SIG_SETMASK, &previous, NULL);
    errno = code;
    return code == 0 ? 0 : -1;
}

static inline bool csystem_is_socket(mode_t mode) { return S_ISSOCK(mode); }

// Writes the numeric host into `text`; NULL if the family is neither IPv4 nor IPv6.
static inline const char *csystem_address_host(const struct sockaddr_storage *address, char *text, socklen_t size) {
    const void *host = address->ss_family == AF_INET6
        ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
        : (const void *)&((const struct sockaddr_in *)address)->sin_addr;
    return inet_ntop(address->ss_family, host, text, size);
}

// Looks up a stream address; `service` is a decimal port. Returns 0 or an EAI_ code.
static inline int csystem_lookup(const char *host, const char *service, int flags, struct addrinfo **found) {
    struct addrinfo hints;
    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    return getaddrinfo(host, service, &hints, found);
}

// Whether an EAI_ code says that the host does not exist or has no address, so that retrying does not help.
static inline bool csystem_is_unknown_host(int code) {
#ifdef __linux__
    // EAI_ADDRFAMILY and EAI_NODATA: glibc declares them only under _GNU_SOURCE.
    if (code == -9 || code == -5) return true;
#endif
    return code == EAI_NONAME;
}

// The number of bytes that an ordinary process can still write to the file system of an open file; 0 if unknown.
static inline long long csystem_free_bytes(int descriptor) {
    struct statvfs status;
    if (fstatvfs(descriptor, &status) != 0) return 0;
    return (long long)status.f_bavail * (long long)status.f_frsize;
}

static inline int csystem_rename(const char *from, const char *to) { return rename(from, to); }

// Starts a thread that receives no signals: the loop handles those, and they must not interrupt a disk's sync.
static inline int csystem_start_thread(pthread_t *thread, void *(*body)(void *), void *argument) {
    sigset_t all, previous;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &previous);
    int code = pthread_create(thread, NULL, body, argument);
    pthread_sigmask(SIG_SETMASK, &previous, NULL);
    return code;
}

// SIG_IGN and SIG_DFL are casts that Swift does not import.
static inline void csystem_ignore_signal(int number) { signal(number, SIG_IGN); }
static inline void csystem_default_signal(int number) { signal(number, SIG_DFL); }

// Raises the soft limit of open descriptors to the hard one; returns the resulting soft limit.
static inline unsigned long csystem_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return (unsigned long)limit.rlim_cur;
}

// Calls the handler once after `seconds`, whatever the process is waiting for; see setitimer(2).
static inline int csystem_set_alarm(double seconds, void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    if (sigaction(SIGALRM, &action, NULL) != 0) return -1;
    // The parent process may have blocked it.
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
    struct itimerval timer;
    memset(&timer, 0, sizeof timer);
    timer.it_value.tv_sec = (time_t)seconds;
    timer.it_value.tv_usec = (suseconds_t)((seconds - (double)(time_t)seconds) * 1e6);
    return setitimer(ITIMER_REAL, &timer, NULL);
}

static inline void csystem_cancel_alarm(void) {
    struct itimerval none;
    memset(&none, 0, sizeof none);
    setitimer(ITIMER_REAL, &none, NULL);
}

// Calls the handler for each such signal, even if the parent process ignored or blocked it; interrupts blocking calls.
static inline int csystem_handle_signal(int number, void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    if (sigaction(number, &action, NULL) != 0) return -1;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    return pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

// Whether a signal still has its default action: neither ignored by the parent process nor handled.
static inline bool csystem_has_default_action(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_DFL;
}

// Writes `number` as decimal digits with leading zeros.
static inline void csystem_write_digits(char *at, long number, int count) {
    for (int place = count - 1; place >= 0; place--, number /= 10) at[place] = (char)('0' + number % 10);
}

// Writes the current time over 24 bytes of the form 2026-11-21T05:03:00.123Z; may be called from a signal handler,
// unlike gmtime(3). The date is counted in eras of 400 years, which begin in March.
static inline void csystem_write_time(char *at) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return;
    long days = (long)(now.tv_sec / 86400), second = (long)(now.tv_sec % 86400);
    long shifted = days + 719468, era = shifted / 146097, day = shifted % 146097;
    long year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    long dayOfYear = day - (365 * year + year / 4 - year / 100), month = (5 * dayOfYear + 2) / 153;
    csystem_write_digits(at, era * 400 + year + (month >= 10), 4);
    csystem_write_digits(at + 5, month < 10 ? month + 3 : month - 9, 2);
    csystem_write_digits(at + 8, dayOfYear - (153 * month + 2) / 5 + 1, 2);
    csystem_write_digits(at + 11, second / 3600, 2);
    csystem_write_digits(at + 14, second / 60 % 60, 2);
    csystem_write_digits(at + 17, second % 60, 2);
    csystem_write_digits(at + 20, now.tv_nsec / 1000000, 3);
}

// Ends the process by a signal as if it had no handler; may be called from the handler.
static inline void csystem_die_of_signal(int number) {
    signal(number, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
}

// Makes the kernel disconnect from a peer that has vanished: a silent peer is probed after `idle` seconds, then every
// `interval` seconds, and given up after `count` probes; bytes that it does not acknowledge or accept end the
// connection after `unacknowledged` seconds. On Linux this limit also applies to a silent peer, instead of `count`: see
// TCP_USER_TIMEOUT in tcp(7).
static inline int csystem_give_up_vanished_peer(int descriptor, int idle, int interval, int count, int unacknowledged) {
#ifdef __linux__
    int idle_option = TCP_KEEPIDLE;
#else
    int idle_option = TCP_KEEPALIVE;
#endif
    if (csystem_set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1) != 0) return -1;
    if (csystem_set_option(descriptor, IPPROTO_TCP, idle_option, idle) != 0) return -1;
    if (csystem_set_option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, interval) != 0) return -1;
    if (csystem_set_option(descriptor, IPPROTO_TCP, TCP_KEEPCNT, count) != 0) return -1;
#if defined(TCP_USER_TIMEOUT)
    return csystem_set_option(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, unacknowledged * 1000);
#elif defined(TCP_RXT_CONNDROPTIME)
    return csystem_set_option(descriptor, IPPROTO_TCP, TCP_RXT_CONNDROPTIME, unacknowledged);
#else
    (void)unacknowledged;
    return 0;
#endif
}

// The process's environment, a variable that Swift considers unsafe to read.
// Makes orphaned descendants children of this process; see PR_SET_CHILD_SUBREAPER in prctl(2).
static inline void csystem_adopt_orphans(void) {
#ifdef __linux__
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
#endif
}

extern char **environ;
static inline char **csystem_environment(void) { return environ; }

// Makes a program to be started inherit the descriptors 0, 1 and 2 and no others.
#ifdef __linux__
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);
static inline int csystem_inherit_standard_streams(posix_spawn_file_actions_t *actions, short *flags) {
    (void)flags;
    return posix_spawn_file_actions_addclosefrom_np(actions, 3);
}
#else
static inline int csystem_inherit_standard_streams(posix_spawn_file_actions_t *actions, short *flags) {
    *flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
    posix_spawn_file_actions_addinherit_np(actions, 1);
    return posix_spawn_file_actions_addinherit_np(actions, 2);
}
#endif

// The value that disables a control character of a terminal.
static inline cc_t csystem_disabled_character(void) { return _POSIX_VDISABLE; }

// Prevents core dumps of this process: its memory contains passwords. See core(5), PR_SET_DUMPABLE in prctl(2).
static inline void csystem_forbid_core_dumps(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}
