#ifndef RINGCALL_GO_MAP_H
#define RINGCALL_GO_MAP_H

#include <stdint.h>

/* Where ringcall_map stopped; map.go has the same list and makes the errors of it. */
enum ringcall_map_stage {
  RINGCALL_MAP_DONE = 0,
  RINGCALL_MAP_READ_SEALS = 1,
  RINGCALL_MAP_SEALS = 2, /* found: the seals that are there */
  RINGCALL_MAP_STAT = 3,
  RINGCALL_MAP_TYPE = 4, /* found: st_mode */
  RINGCALL_MAP_SIZE = 5, /* found: st_size */
  RINGCALL_MAP_MMAP = 6,
  RINGCALL_MAP_DONTFORK = 7,
};

struct ringcall_mapped {
  void *address; /* NULL unless stage is RINGCALL_MAP_DONE */
  uint64_t found;
  int32_t stage;
  int32_t error; /* errno of the stage, 0 where no call failed */
};

/* Maps size bytes of a sealed memfd, shared, for reading and writing, after checking that they can neither shrink nor grow.
 * The descriptor stays open and the caller's. */
struct ringcall_mapped ringcall_map(int descriptor, uint64_t size);

#endif
