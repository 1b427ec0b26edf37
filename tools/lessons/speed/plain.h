/* What subject does, for plain cgo. */
#ifndef PLAIN_H
#define PLAIN_H

#ifdef __cplusplus
extern "C" {
#endif

/* A copy of text, for the caller to free. */
char* plain_echo(const char* text);

#ifdef __cplusplus
}
#endif

#endif
