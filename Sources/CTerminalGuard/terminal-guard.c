// See the header; tcsetattr(3), sigaction(2) and signal-safety(7).
#include "CTerminalGuard.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

// Four signals that ask the process to end, two after which the window's size may differ, and one that suspends.
static const int cguard_requests[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCONT, SIGTSTP};
// The signals of a crash, including a Swift trap (SIGILL or SIGTRAP).
static const int cguard_crashes[] = {SIGSEGV, SIGABRT, SIGILL, SIGBUS, SIGFPE, SIGTRAP};

enum {
    cguard_request_count = sizeof cguard_requests / sizeof *cguard_requests,
    cguard_crash_count = sizeof cguard_crashes / sizeof *cguard_crashes,
    cguard_ending_bytes = 256,
};

struct cguard {
    int terminal;
    int pipe;
    volatile sig_atomic_t is_saved;
    volatile sig_atomic_t stops;
    volatile sig_atomic_t is_secret;
    struct termios modes;
    char ending[cguard_ending_bytes];
    size_t ending_count;
    int ending_output;
    // The previous actions of the crash signals, in the order of cguard_crashes.
    struct sigaction previous[cguard_crash_count];
    char stack[65536];
};

static struct cguard cguard_state = {.terminal = -1, .pipe = -1, .ending_output = STDOUT_FILENO};

void cguard_drop_secret(void) {
    if (cguard_state.is_saved && cguard_state.is_secret) tcflush(cguard_state.terminal, TCIFLUSH);
}

void cguard_restore(void) {
    if (!cguard_state.is_saved) return;
    int saved = errno;
    size_t written = 0;
    while (written < cguard_state.ending_count) {
        ssize_t count =
            write(cguard_state.ending_output, cguard_state.ending + written, cguard_state.ending_count - written);
        if (count <= 0) break;
        written += (size_t)count;
    }
    cguard_drop_secret();
    tcsetattr(cguard_state.terminal, TCSANOW, &cguard_state.modes);
    errno = saved;
}

// Writes a signal to the pipe as one byte; a second request to end takes effect at once.
static void cguard_asked(int number) {
    int saved = errno;
    int is_end = number != SIGWINCH && number != SIGCONT && number != SIGTSTP;
    if (is_end && ++cguard_state.stops > 1) {
        cguard_restore();
        signal(number, SIG_DFL);
        raise(number);
    }
    unsigned char byte = (unsigned char)number;
    ssize_t count = write(cguard_state.pipe, &byte, 1);
    (void)count;
    errno = saved;
}

// Restores the terminal in a crash, which then continues as without the guard.
static void cguard_crashed(int number, siginfo_t *information, void *context) {
    (void)context;
    cguard_restore();
    cguard_state.ending_count = 0;
    for (int index = 0; index < cguard_crash_count; index++)
        if (cguard_crashes[index] == number) sigaction(number, &cguard_state.previous[index], NULL);
    // A signal that the machine itself has raised is raised again when the handler returns.
    if (information->si_code <= 0) raise(number);
}

// Catches a signal unless the process was started with it ignored, as nohup(1) does with SIGHUP.
static void cguard_catch_unless_ignored(int number, const struct sigaction *action, struct sigaction *previous) {
    sigaction(number, NULL, previous);
    if (previous->sa_handler != SIG_IGN) sigaction(number, action, NULL);
}

void cguard_catch(int pipe) {
    cguard_state.pipe = pipe;
    stack_t stack;
    memset(&stack, 0, sizeof stack);
    stack.ss_sp = cguard_state.stack;
    stack.ss_size = sizeof cguard_state.stack;
    sigaltstack(&stack, NULL);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = cguard_asked;
    action.sa_flags = SA_NODEFER;
    for (int index = 0; index < cguard_request_count; index++) {
        struct sigaction previous;
        cguard_catch_unless_ignored(cguard_requests[index], &action, &previous);
    }
    action.sa_sigaction = cguard_crashed;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (int index = 0; index < cguard_crash_count; index++)
        cguard_catch_unless_ignored(cguard_crashes[index], &action, &cguard_state.previous[index]);
}

int cguard_save(int terminal) {
    if (tcgetattr(terminal, &cguard_state.modes) != 0) return -1;
    cguard_state.terminal = terminal;
    cguard_state.is_saved = 1;
    return 0;
}

void cguard_append_ending(const char *text) {
    size_t count = strlen(text);
    if (count > sizeof cguard_state.ending - cguard_state.ending_count) return;
    memcpy(cguard_state.ending + cguard_state.ending_count, text, count);
    cguard_state.ending_count += count;
}

void cguard_set_ending_output(int output) { cguard_state.ending_output = output; }

void cguard_forget_ending(void) { cguard_state.ending_count = 0; }

void cguard_set_secret(int is_secret) { cguard_state.is_secret = is_secret; }

int cguard_has_typed(void) {
    struct termios modes;
    int count = 0;
    if (!cguard_state.is_saved || tcgetattr(cguard_state.terminal, &modes) != 0) return 0;
    struct termios characters = modes;
    characters.c_lflag &= ~(tcflag_t)ICANON;
    tcsetattr(cguard_state.terminal, TCSANOW, &characters);
    if (ioctl(cguard_state.terminal, FIONREAD, &count) != 0) count = 0;
    tcsetattr(cguard_state.terminal, TCSANOW, &modes);
    return count > 0;
}

void cguard_set_input(int echoes, int suspends) {
    struct termios modes;
    if (!cguard_state.is_saved || tcgetattr(cguard_state.terminal, &modes) != 0) return;
    if (echoes) modes.c_lflag |= ECHO;
    else modes.c_lflag &= ~(tcflag_t)ECHO;
    modes.c_cc[VSUSP] = suspends ? cguard_state.modes.c_cc[VSUSP] : _POSIX_VDISABLE;
    tcsetattr(cguard_state.terminal, TCSADRAIN, &modes);
}

void cguard_die(int number) {
    cguard_restore();
    signal(number, SIG_DFL);
    raise(number);
}

void cguard_suspend(void) {
    struct sigaction caught;
    sigaction(SIGTSTP, NULL, &caught);
    signal(SIGTSTP, SIG_DFL);
    raise(SIGTSTP);
    sigaction(SIGTSTP, &caught, NULL);
}

void cguard_signal_foreground(int number) { kill(0, number); }
