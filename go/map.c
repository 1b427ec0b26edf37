#define _GNU_SOURCE
#include "map.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>

static struct ringcall_mapped stopped(int32_t stage, int32_t error, uint64_t found) {
  struct ringcall_mapped result = {NULL, found, stage, error};
  return result;
}

struct ringcall_mapped ringcall_map(int descriptor, uint64_t size) {
  const int seals_needed = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  /* Seals before size: a size seen before the seals could still change. */
  int seals = fcntl(descriptor, F_GET_SEALS);
  if (seals < 0) return stopped(RINGCALL_MAP_READ_SEALS, errno, 0);
  if ((seals & seals_needed) != seals_needed) return stopped(RINGCALL_MAP_SEALS, 0, (uint64_t)seals);

  struct stat file;
  if (fstat(descriptor, &file) != 0) return stopped(RINGCALL_MAP_STAT, errno, 0);
  if (!S_ISREG(file.st_mode)) return stopped(RINGCALL_MAP_TYPE, 0, file.st_mode);
  if ((uint64_t)file.st_size != size) return stopped(RINGCALL_MAP_SIZE, 0, (uint64_t)file.st_size);

  void *address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (address == MAP_FAILED) return stopped(RINGCALL_MAP_MMAP, errno, 0);
  if (madvise(address, size, MADV_DONTFORK) != 0) {
    int error = errno;
    munmap(address, size);
    return stopped(RINGCALL_MAP_DONTFORK, error, 0);
  }
  struct ringcall_mapped result = {address, 0, RINGCALL_MAP_DONE, 0};
  return result;
}
