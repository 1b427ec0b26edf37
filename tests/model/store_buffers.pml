/* Shared words behind store buffers. Each thread's stores wait in its buffer and reach memory at any later moment, in order (x86), or with
 * reorders in any order, save to the same word. A load sees its own thread's buffer first. A fence waits until the buffer is empty.
 *
 * The including model defines THREADS and WORDS. mutation, reorders, deadly and calls come from the environment, so that one compiled model serves all. */

#define BUFFERED 3

byte mem[WORDS];
byte waiting[THREADS * WORDS]; /* stores to that word in that buffer */
byte newest[THREADS * WORDS];  /* the last of them */
chan buffer[THREADS] = [BUFFERED] of { byte, byte };
byte mutation;
bool reorders;
bool deadly; /* for the models' own use, as calls */
byte calls;

#define LOAD(me, word) (waiting[(me) * WORDS + (word)] -> newest[(me) * WORDS + (word)] : mem[word])

inline store(me, word, value) {
  atomic {
    nfull(buffer[me]);
    newest[(me) * WORDS + (word)] = value;
    waiting[(me) * WORDS + (word)]++;
    buffer[me]!word, value
  }
}

inline fence(me) { empty(buffer[me]) }

inline fence_unless(me, which) {
  if
  :: mutation == which
  :: else -> fence(me)
  fi
}

/* What the hardware does with a thread's buffer, also when the thread is dead. */
proctype drains(byte me) {
  byte word, value;
end:
  do
  :: atomic {
       buffer[me]?word, value ->
       mem[word] = value;
       waiting[me * WORDS + word]--
     }
  :: atomic {
       reorders && len(buffer[me]) > 1 ->
       select(word : 0 .. WORDS - 1);
       if
       :: buffer[me]??[eval(word), value] ->
          buffer[me]??eval(word), value;
          mem[word] = value;
          waiting[me * WORDS + word]--
       :: else
       fi;
       word = 0;
       value = 0
     }
  od
}

inline set_up_from_environment() {
  c_code {
    now.mutation = getenv("MUTATION") ? atoi(getenv("MUTATION")) : 0;
    now.reorders = getenv("REORDERS") != NULL;
    now.deadly = getenv("DEADLY") != NULL;
    now.calls = getenv("CALLS") ? atoi(getenv("CALLS")) : 2;
  }
}
