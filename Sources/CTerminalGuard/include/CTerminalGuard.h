// Restores a terminal's modes however the process ends, and turns signals into bytes of a pipe.
//
// A process has one guard; its state is in the C file, where a signal handler may use it.
#pragma once

// Discards unread input of a hidden prompt, so that no shell shows it; safe in a signal handler.
void cguard_drop_secret(void);

// Restores the terminal; safe in a signal handler.
void cguard_restore(void);

// Catches the signals and writes them to `pipe`, which must be non-blocking.
void cguard_catch(int pipe);

// Saves a terminal's modes; returns 0, or -1 if it is not a terminal.
int cguard_save(int terminal);

// Appends to the text that ends the screen, which is written when the terminal is restored.
void cguard_append_ending(const char *text);

// Sets the descriptor for that text; standard output by default.
void cguard_set_ending_output(int output);

// Clears that text, once the screen has ended.
void cguard_forget_ending(void);

// Sets whether unread input is discarded when the terminal is restored.
void cguard_set_secret(int is_secret);

// Returns 1 if there is unread input. An incomplete line can only be seen in non-canonical mode, so the mode is
// switched for a moment; see termios(3).
int cguard_has_typed(void);

// Sets whether the saved terminal echoes input, and whether Ctrl-Z suspends. It must not suspend during a secret or a
// paste, since a shell would read the rest, and show or run it.
void cguard_set_input(int echoes, int suspends);

// Ends the process with a signal, which the parent process can see.
void cguard_die(int number);

// Suspends the process as Ctrl-Z does, until it is continued; restore the terminal before.
void cguard_suspend(void);

// Sends a signal to the process group, as the terminal does for a key such as Ctrl-C.
void cguard_signal_foreground(int number);
