#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A game in the manner of dott: a Twisted AMP server that a gate dials.  It knows objects only, by the
nine commands, and says on standard output what it was asked, a line each; `ready PORT` is the first.

With --players it answers HelloCmd as well and speaks of players (see players_game.py)."""
import argparse
import sys

from twisted.internet import endpoints, protocol, reactor, stdio, task
from twisted.protocols import amp, basic


# --- what the gate asks ---

class OnSessionConnectToObjectCmd(amp.Command):
    arguments = [(b"account_id", amp.Integer()), (b"controlling_id", amp.Integer()),
                 (b"username", amp.Unicode())]
    response = [(b"object_id", amp.Integer())]


class NotifyFirstSessionConnectedOnObjectCmd(amp.Command):
    arguments = [(b"object_id", amp.Integer())]


class SendThroughObjectCmd(amp.Command):
    arguments = [(b"object_id", amp.Integer()), (b"input", amp.Unicode())]


class TriggerAtSessionDisconnectForObjectCmd(amp.Command):
    arguments = [(b"object_id", amp.Integer())]


# --- what the gate is asked ---

class EmitToObjectCmd(amp.Command):
    arguments = [(b"object_id", amp.Integer()), (b"message", amp.Unicode())]


class AnnounceToAllSessionsCmd(amp.Command):
    arguments = [(b"message", amp.Unicode()), (b"prefix", amp.Unicode())]


class WhoConnectedCmd(amp.Command):
    response = [(b"accounts", amp.ListOf(amp.Unicode()))]


class DisconnectSessionsOnObjectCmd(amp.Command):
    arguments = [(b"object_id", amp.Integer())]
    response = [(b"num_sessions_closed", amp.Integer())]


class ShutdownProxyCmd(amp.Command):
    pass


class NobodyKnowsCmd(amp.Command):
    pass


def note(*words):
    print(*words, flush=True)


class Game(amp.AMP):
    """One link.  The last one is whom everything is said to, as in dott."""

    def connectionMade(self):
        super().connectionMade()
        self.factory.link = self

    def connectionLost(self, reason):
        super().connectionLost(reason)
        note("lost")

    @OnSessionConnectToObjectCmd.responder
    def on_connect(self, account_id, controlling_id, username):
        if username == "Refused":
            raise ValueError("not this one")
        if controlling_id < 0:
            self.factory.last_object += 1
            controlling_id = self.factory.last_object
        note("connect", account_id, controlling_id, username)
        return {"object_id": controlling_id}

    @NotifyFirstSessionConnectedOnObjectCmd.responder
    def on_first(self, object_id):
        note("first", object_id)
        return {}

    @TriggerAtSessionDisconnectForObjectCmd.responder
    def on_gone(self, object_id):
        note("gone", object_id)
        return {}

    @SendThroughObjectCmd.responder
    def on_input(self, object_id, input):
        word, _, rest = input.partition(" ")
        note("input", object_id, input)
        run = getattr(self, "do_" + word, None)
        if run:
            run(object_id, rest)
        else:
            self.emit(object_id, f"You say: {input}")
        return {}

    # --- what players type ---

    def emit(self, object_id, message):
        return self.callRemote(EmitToObjectCmd, object_id=object_id, message=message)

    def do_look(self, object_id, rest):
        self.emit(object_id, "You are in a small room.")

    def do_who(self, object_id, rest):
        told = self.callRemote(WhoConnectedCmd)
        told.addCallback(lambda answer: self.emit(object_id, " ".join(answer["accounts"])))

    def do_announce(self, object_id, rest):
        self.callRemote(AnnounceToAllSessionsCmd, message=rest, prefix="***")

    def do_quit(self, object_id, rest):
        told = self.callRemote(DisconnectSessionsOnObjectCmd, object_id=object_id)
        told.addCallback(lambda answer: note("closed", answer["num_sessions_closed"]))

    def do_shutdown(self, object_id, rest):
        self.callRemote(ShutdownProxyCmd).addCallback(lambda answer: note("shutdown"))

    def do_raise(self, object_id, rest):
        raise ValueError("a bug of the game")

    def do_long(self, object_id, rest):
        """As many bytes, in pieces that AMP can carry."""
        text = ("x" * 79 + "\n") * (int(rest) // 80) + "the end"
        for at in range(0, len(text), 60000):
            self.emit(object_id, text[at:at + 60000])

    def do_unknown(self, object_id, rest):
        told = self.callRemote(NobodyKnowsCmd)
        told.addErrback(lambda failure: note("unknown", failure.type.__name__))

    def raw(self, *pairs):
        wire = b"".join(len(s).to_bytes(2, "big") + s for pair in pairs for s in pair)
        self.transport.write(wire + b"\0\0")

    def do_missing(self, object_id, rest):
        """A command without an argument it needs, and one that is no number."""
        for tag, pairs in ((b"m1", [(b"object_id", b"%d" % object_id)]),
                           (b"m2", [(b"object_id", b"0x1"), (b"message", b"no")]),
                           (b"m3", [(b"object_id", b"%d" % object_id), (b"message", b"\xff")])):
            self.raw((b"_ask", tag), (b"_command", b"EmitToObjectCmd"), *pairs)

    def do_reordered(self, object_id, rest):
        self.raw((b"message", b"first"), (b"_command", b"EmitToObjectCmd"),
                 (b"message", b"the last counts"), (b"object_id", b" +00%d " % object_id),
                 (b"_ask", b"r1"))

    def do_noise(self, object_id, rest):
        """Boxes that Twisted would close the link for."""
        self.raw()
        self.raw((b"what", b"is this"))
        self.raw((b"_answer", b"fffff"))
        self.raw((b"_error", b"fffff"))
        self.raw((b"_command", b"NobodyKnowsCmd"))

    def do_http(self, object_id, rest):
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    def ampBoxReceived(self, box):
        tag = box.get(b"_error") or box.get(b"_answer") or b""
        if tag[:1] in (b"m", b"r"):
            note("told", tag.decode(), box.get(b"_error_code", b"good").decode(),
                 box.get(b"_error_description", b"").decode())
        else:
            super().ampBoxReceived(box)


class Factory(protocol.Factory):
    link = None
    last_object = 0


class Orders(basic.LineReceiver):
    """Standard input: `emit ID TEXT`, `announce TEXT`, `restart`, and its end is ours."""
    delimiter = b"\n"

    def __init__(self, factory, listen):
        self.factory, self.listen, self.port = factory, listen, None

    def opened(self, port):
        self.port = port
        host = port.getHost()
        note("ready", getattr(host, "port", getattr(host, "name", "")))

    def connectionMade(self):
        self.listen(0).addCallback(self.opened)

    def lineReceived(self, line):
        word, _, rest = line.decode().partition(" ")
        if word == "restart":
            self.restart()
        elif word == "emit":
            object_id, _, text = rest.partition(" ")
            self.factory.link.emit(int(object_id), text)
        elif word == "announce":
            self.factory.link.do_announce(0, rest)

    def restart(self):
        """As a process that ends and begins, but faster."""
        at = self.port.getHost()
        stopped = self.port.stopListening()
        if self.factory.link:
            self.factory.link.transport.abortConnection()
        stopped.addCallback(lambda _: task.deferLater(reactor, 0.05, self.listen, at.port))
        stopped.addCallback(self.opened)

    def connectionLost(self, reason):
        if reactor.running:
            reactor.stop()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--path")
    options.add_argument("--players", action="store_true")
    options = options.parse_args()
    if options.players:
        import players_game
        Factory.protocol = players_game.PlayersGame
    else:
        Factory.protocol = Game
    factory = Factory()

    def listen(port):
        if options.path:
            return endpoints.UNIXServerEndpoint(reactor, options.path).listen(factory)
        port = port or options.port
        return endpoints.TCP4ServerEndpoint(reactor, port, interface="127.0.0.1").listen(factory)

    stdio.StandardIO(Orders(factory, listen))
    reactor.run()


if __name__ == "__main__":
    sys.modules["dott_game"] = sys.modules["__main__"]
    main()
