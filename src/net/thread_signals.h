/* For threads of our own: signals are the main thread's business. Above all SIGPIPE, which a write to a client that has
 * gone would raise, and whose default is to end the process. Those that a fault of the thread itself raises stay. */
#ifndef NET_THREAD_SIGNALS_H
#define NET_THREAD_SIGNALS_H

void thread_block_signals(void);

#endif
