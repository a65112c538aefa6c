/* SIGHUP of the clients that run on: see client_reload.h. */
#include "client_reload.h"

#include "log.h"

#include <signal.h>
#include <stddef.h>

static void on_hangup(struct ev_loop *loop, struct ev_signal *watcher, int events)
{
    struct client_reload *reload = watcher->data;
    struct secure_problem problem = {0};
    (void)loop;
    (void)events;

    if (client_options_reload(reload->options, &problem))
        log_event(LEVEL_INFO, "client.reloaded", NULL);
    else
        log_event(LEVEL_ERROR, "client.reload-failed",
                  json_pack("{s:s,s:s}", "problem", problem.text, "consequence",
                            "the keys and authorities from before stay in use"));
}

static bool is_ignored(void)
{
    struct sigaction action;

    return sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void client_reload_start(struct client_reload *reload, struct ev_loop *loop,
                         struct client_options *options)
{
    if (is_ignored())
        return;
    reload->options = options;
    ev_signal_init(&reload->hangup, on_hangup, SIGHUP);
    reload->hangup.data = reload;
    ev_signal_start(loop, &reload->hangup);
}

void client_reload_stop(struct client_reload *reload, struct ev_loop *loop)
{
    if (reload->options != NULL)
        ev_signal_stop(loop, &reload->hangup);
    reload->options = NULL;
}
