// The parts of ncurses (curses(3)) for the chat's terminal: functions for things that Swift does not import, such as
// macros, variables and cells of several characters.
#pragma once
#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

// Declared only under _XOPEN_SOURCE.
extern int wcwidth(wchar_t);

// From term.h, which defines macros with many ordinary words as names.
struct term;
extern int setupterm(const char *, int, int *);
extern struct term *set_curterm(struct term *);
extern int del_curterm(struct term *);

// Uses the environment's character set, or UTF-8 if it names none.
static inline void cncurses_set_locale(void) {
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "ANSI_X3.4-1968") == 0) setlocale(LC_CTYPE, "C.UTF-8");
}

// The terminal's string for a capability of terminfo(5); empty if it has none.
static inline const char *cncurses_string(const char *name) {
    const char *text = tigetstr((char *)name);
    return text == NULL || text == (char *)-1 ? "" : text;
}

// Loads the terminal's description temporarily; returns 0, or -1 if the terminal is unknown.
static inline int cncurses_read_description(void) {
    int error = 0;
    return setupterm(NULL, STDOUT_FILENO, &error) == OK ? 0 : -1;
}

static inline void cncurses_forget_description(void) { del_curterm(set_curterm(NULL)); }

// Starts the screen; returns 0, or -1 if the terminal is unknown. Uses colours if available, on the default background.
//
// Keys are read as raw bytes, including those of signals: a paste may contain any byte. So the keypad mode is
// unchanged.
static inline int cncurses_start(void) {
    if (newterm(NULL, stdout, stdin) == NULL) return -1;
    raw();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    if (has_colors()) {
        start_color();
        use_default_colors();
        for (short colour = 1; colour < 8; colour++) init_pair(colour, colour, -1);
    }
    return 0;
}

static inline void cncurses_end(void) { endwin(); }

// The terminal's strings that end the screen: they restore attributes, colours and cursor, and leave the alternate
// screen.
static inline const char *cncurses_ending(int index) {
    const char *names[] = {"sgr0", "op", "cnorm", "rmcup"};
    return index < 0 || index >= 4 ? NULL : cncurses_string(names[index]);
}

static inline void cncurses_size(int *rows, int *columns) { getmaxyx(stdscr, *rows, *columns); }

// Applies the terminal's size and forgets its contents.
static inline void cncurses_resize(void) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
    clearok(curscr, TRUE);
}

static inline void cncurses_repaint(void) { clearok(curscr, TRUE); }

static inline void cncurses_clear(void) { erase(); }

// Sets the attributes by bits: 1 bold, 2 dim, 4 reverse, 8 underlined.
static inline void cncurses_set_style(int bits, int colour) {
    attr_t attributes = A_NORMAL;
    if (bits & 1) attributes |= A_BOLD;
    if (bits & 2) attributes |= A_DIM;
    if (bits & 4) attributes |= A_REVERSE;
    if (bits & 8) attributes |= A_UNDERLINE;
    wattr_set(stdscr, attributes, has_colors() ? (short)colour : 0, NULL);
}

// Writes ASCII text at a position.
static inline void cncurses_put_ascii(int row, int column, const char *text, int count) {
    mvwaddnstr(stdscr, row, column, text, count);
}

// Writes one cell at a position: a scalar and the marks on it, as many as a cell holds; `?` if the library does not
// know it.
static inline void cncurses_put_character(int row, int column, const uint32_t *scalars, int count, int columns) {
    wchar_t text[CCHARW_MAX + 1];
    int length = 0;
    for (int index = 0; index < count && length < CCHARW_MAX; index++) {
        wchar_t scalar = (wchar_t)scalars[index];
        int width = wcwidth(scalar);
        if (length == 0 ? width < 1 : width != 0) continue;
        text[length++] = scalar;
    }
    text[length] = 0;
    if (length == 0) {
        for (int index = 0; index < columns; index++) mvwaddnstr(stdscr, row, column + index, "?", 1);
        return;
    }
    attr_t attributes;
    short pair;
    cchar_t cell;
    wattr_get(stdscr, &attributes, &pair, NULL);
    if (setcchar(&cell, text, attributes, pair, NULL) == OK && wmove(stdscr, row, column) == OK)
        wadd_wch(stdscr, &cell);
}

static inline void cncurses_show(int row, int column) {
    wmove(stdscr, row, column);
    wrefresh(stdscr);
}
