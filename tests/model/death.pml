/* The server's death, and its leaving on purpose: what the client says of each call is true.
 *
 * The server (src/channel.cpp serve, flush, close) stores taken, runs handlers, publishes answers; it may leave at any time, and be killed before
 * any step. Of a killed one's stores those that have not reached memory by then are lost. The client (go/close.go) waits for the end of the
 * connection, reads the server's state, drains the answers, reads taken and judges: success, may have run, never started.
 *
 * Without DEADLY the server only leaves. DEADLY: it is killed, too, and the kernel tells of it when all it did is seen. OVERTAKEN: the news
 * overtakes its stores; then a verdict must still agree with every answer that the client has seen. MUTATION=NUMBER ./pan runs a mutation. */

#define CLIENT 0
#define SERVER 1
#define THREADS 2

#define REQUESTS 0 /* position up to which requests are published */
#define ANSWERS 1  /* the same of answers */
#define TAKEN 2
#define STATE 3
#define ENDED 4    /* the connection's end, of a server that leaves */
#define EFFECTS 5  /* what the handlers did to the world: bit by call */
#define WORDS 6
#define CLOSED 2

#include "store_buffers.pml"

#define TAKEN_LATE 1
#define TAKEN_UNFENCED 2
#define ENDED_BEFORE_CLOSED 3
#define TAKES_AFTER_CLOSED 4
#define TAKEN_BEFORE_THE_END 5
#define DRAINED_BEFORE_THE_END 6
#define NOT_DRAINED 7
#define TAKEN_BEFORE_DRAINING 8
#define ONE_TOO_MANY_STARTED 9
#define ONE_TOO_FEW_STARTED 10
#define STATE_UNREAD 11
#define ANSWERED_BEFORE_RUN 12
#define END_UNSEEN 13

bool killed;
bool overtaken;
byte taken_then[4]; /* by position of an answer: what taken was when it was published */
byte denied;        /* bit by call: never started */

inline release(me) { /* what was stored before comes before what is stored from here on; in order it does so anyway */
  if
  :: reorders -> fence(me)
  :: else
  fi
}

proctype server() {
  byte taken, until, next, effects;
  bool leaves;
  {
    do
    :: LOAD(SERVER, REQUESTS) > taken && (!leaves || mutation == TAKES_AFTER_CLOSED) ->
       until = LOAD(SERVER, REQUESTS);
       next = taken;
       taken = until;
       if
       :: mutation != TAKEN_LATE ->
          store(SERVER, TAKEN, taken); /* PAIR taken */
          if
          :: mutation != TAKEN_UNFENCED -> release(SERVER)
          :: else
          fi
       :: else
       fi;
       do
       :: next < until ->
          taken_then[next] = taken;
          if
          :: mutation == ANSWERED_BEFORE_RUN -> store(SERVER, ANSWERS, next + 1)
          :: else
          fi;
          effects = effects | (1 << next);
          store(SERVER, EFFECTS, effects);
          if
          :: mutation != ANSWERED_BEFORE_RUN -> release(SERVER); store(SERVER, ANSWERS, next + 1)
          :: else
          fi;
          next++
       :: next == until -> break
       od;
       if
       :: mutation == TAKEN_LATE -> store(SERVER, TAKEN, taken)
       :: else
       fi;
       until = 0
    :: leaves && (mutation != TAKES_AFTER_CLOSED || taken == calls) -> break
    :: !leaves -> /* PAIR closed */
       leaves = true;
       if
       :: mutation == ENDED_BEFORE_CLOSED -> store(SERVER, ENDED, 1); store(SERVER, STATE, CLOSED)
       :: else -> release(SERVER); store(SERVER, STATE, CLOSED); release(SERVER); store(SERVER, ENDED, 1)
       fi
    od
  } unless { killed }
}

proctype killer() {
  byte word, value;
  atomic {
    killed = true;
    do
    :: !overtaken && nempty(buffer[SERVER]) -> buffer[SERVER]?word, value; waiting[SERVER * WORDS + word]--
    :: overtaken || empty(buffer[SERVER]) -> break
    od
  }
}

inline drain() {
  reaped = LOAD(CLIENT, ANSWERS);
  assert(overtaken || (mem[EFFECTS] & ((1 << reaped) - 1)) == (1 << reaped) - 1) /* no success without an execution */
}

proctype client() {
  byte posted, reaped, taken, state, n;
  do
  :: posted < calls -> store(CLIENT, REQUESTS, posted + 1); posted++
  :: posted + 2 <= calls -> store(CLIENT, REQUESTS, posted + 2); posted = posted + 2
  :: LOAD(CLIENT, ANSWERS) > reaped -> drain()
  :: mutation == TAKEN_BEFORE_THE_END -> taken = LOAD(CLIENT, TAKEN); break
  :: mutation == DRAINED_BEFORE_THE_END -> drain(); break
  :: (killed || LOAD(CLIENT, ENDED)) && mutation != END_UNSEEN -> break
  od;
  killed || LOAD(CLIENT, ENDED);
  if
  :: mutation != STATE_UNREAD -> state = LOAD(CLIENT, STATE)
  :: else
  fi;
  assert(killed || state == CLOSED); /* nothing is called dead that lives */
  if
  :: mutation == TAKEN_BEFORE_DRAINING -> taken = LOAD(CLIENT, TAKEN)
  :: else
  fi;
  if
  :: mutation != DRAINED_BEFORE_THE_END && mutation != NOT_DRAINED -> drain()
  :: else
  fi;
  if
  :: mutation != TAKEN_BEFORE_DRAINING && mutation != TAKEN_BEFORE_THE_END -> taken = LOAD(CLIENT, TAKEN)
  :: else
  fi;
  taken = taken + (mutation == ONE_TOO_MANY_STARTED) - (mutation == ONE_TOO_FEW_STARTED && taken > 0);
  atomic {
    assert(overtaken || reaped == mem[ANSWERS]); /* published answers are delivered */
    assert(reaped == 0 || taken >= taken_then[reaped - 1]);
    n = reaped;
    do
    :: n < posted && n >= taken -> denied = denied | (1 << n); n++
    :: n < posted && n < taken -> assert(n < mem[TAKEN]); n++ /* only what was taken may have run */
    :: n == posted -> break
    od;
    assert(overtaken || (denied & mem[EFFECTS]) == 0)
  }
}

/* What was called never started never runs, not later either. */
active proctype referee() {
end:
  atomic { (denied & mem[EFFECTS]) != 0 -> assert(overtaken) }
}

init {
  atomic {
    set_up_from_environment();
    c_code { now.overtaken = getenv("OVERTAKEN") != NULL; };
    run drains(CLIENT);
    run drains(SERVER);
    run client();
    run server();
    if
    :: deadly -> run killer()
    :: else
    fi
  }
}
