/* See thread_signals.h. */
#include "net/thread_signals.h"

#include <pthread.h>
#include <signal.h>

void thread_block_signals(void) {
    static const int kept[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGPROF};
    sigset_t set;
    sigfillset(&set);
    for (unsigned i = 0; i < sizeof kept / sizeof *kept; i++) sigdelset(&set, kept[i]);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}
