// Leaves a terminal as it was, however the process ends, and turns signals into bytes of a pipe.
//
// A process has one guard; its state lies in the C file, where a signal handler may touch it.
#pragma once

// Drops what was typed for a hidden prompt and not read: no shell is to show it; safe within a signal handler.
void cguard_drop_secret(void);

// Gives the terminal back; safe within a signal handler.
void cguard_restore(void);

// Catches the signals; `pipe` is written to and must not block.
void cguard_catch(int pipe);

// Remembers a terminal's modes; 0, or -1 where it is none.
int cguard_save(int terminal);

// Adds to the text that ends the screen: it is sent when the terminal is given back.
void cguard_append_ending(const char *text);

// Sets the descriptor that the saved terminal is written through: standard output unless a program reads that.
void cguard_set_ending_output(int output);

// Drops that text: the screen has ended.
void cguard_forget_ending(void);

// Says whether what is typed and not read is dropped when the terminal is given back.
void cguard_set_secret(int is_secret);

// Returns 1 if anything is typed that was not read. The terminal gives out a line that has no end yet only when it knows no
// lines; see termios(3).
int cguard_has_typed(void);

// Sets whether input is shown, and whether Ctrl-Z suspends, for the terminal that was saved: while a secret or a paste is
// typed it does not, since a shell would take the rest, and show or run it.
void cguard_set_input(int echoes, int suspends);

// Ends the process with a signal, for whoever started it to see.
void cguard_die(int number);

// Suspends the process as Ctrl-Z does, until it is continued; the terminal was given back before.
void cguard_suspend(void);

// Sends a signal to the terminal's foreground processes, as the terminal would for the key.
void cguard_signal_foreground(int number);
