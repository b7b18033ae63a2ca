# SPDX-License-Identifier: MIT
"""A game on AMP that speaks of players: what dott_game.py is with --players."""
import dott_game
from dott_game import note
from twisted.protocols import amp

WHOM = [(b"player_id", amp.Integer(optional=True)),
        (b"player_ids", amp.ListOf(amp.Integer(), optional=True))]
REACHED = [(b"reached", amp.Integer()), (b"missing", amp.ListOf(amp.Integer()))]


class WrongSecret(Exception):
    pass


class HelloCmd(amp.Command):
    arguments = [(b"version", amp.Integer()), (b"gate", amp.Unicode()),
                 (b"secret", amp.Unicode(optional=True))]
    errors = {WrongSecret: b"WRONG_SECRET"}


class PingCmd(amp.Command):
    pass


FACTS = [(b"player_id", amp.Integer()), (b"name", amp.Unicode(optional=True)),
         (b"account_id", amp.Integer(optional=True)), (b"object_id", amp.Integer(optional=True)),
         (b"address", amp.Unicode()), (b"transport", amp.Unicode()), (b"secure", amp.Boolean()),
         (b"client", amp.Unicode()), (b"width", amp.Integer()), (b"height", amp.Integer()),
         (b"colors", amp.Integer()), (b"charset", amp.Unicode()),
         (b"screenreader", amp.Boolean())]


class PlayerConnectedCmd(amp.Command):
    arguments = FACTS + [(b"resumed", amp.Boolean())]
    response = [(b"object_id", amp.Integer(optional=True))]


class PlayerInputCmd(amp.Command):
    arguments = [(b"player_id", amp.Integer()), (b"line", amp.Unicode())]


class PlayerWindowCmd(amp.Command):
    arguments = [(b"player_id", amp.Integer()), (b"width", amp.Integer()),
                 (b"height", amp.Integer())]


class PlayerOobCmd(amp.Command):
    arguments = WHOM + [(b"package", amp.Unicode()), (b"data", amp.Unicode())]
    response = [(b"reached", amp.Integer(optional=True))]


class PlayerDisconnectedCmd(amp.Command):
    arguments = [(b"player_id", amp.Integer()), (b"reason", amp.Unicode())]


class PlayerListCmd(amp.Command):
    arguments = [(b"after", amp.Integer(optional=True))]
    response = [(b"players", amp.AmpList(FACTS)), (b"more", amp.Boolean())]


class BadArgument(Exception):
    pass


class PlayerOutputCmd(amp.Command):
    arguments = WHOM + [(b"text", amp.Unicode()), (b"markup", amp.Unicode(optional=True)),
                        (b"prompt", amp.Boolean(optional=True))]
    response = REACHED
    errors = {BadArgument: b"BAD_ARGUMENT"}


class PlayerEchoCmd(amp.Command):
    arguments = WHOM + [(b"on", amp.Boolean())]
    response = REACHED


class PlayerAttachCmd(amp.Command):
    arguments = WHOM + [(b"object_id", amp.Integer()), (b"name", amp.Unicode(optional=True))]
    response = REACHED


class PlayerCloseCmd(amp.Command):
    arguments = WHOM + [(b"reason", amp.Unicode(optional=True))]
    response = REACHED


class PlayerAnnounceCmd(amp.Command):
    arguments = [(b"text", amp.Unicode())]
    response = [(b"reached", amp.Integer())]


class GameStatusCmd(amp.Command):
    arguments = [(b"state", amp.Unicode()), (b"eta", amp.Integer(optional=True)),
                 (b"message", amp.Unicode(optional=True))]


class PlayersGame(dott_game.Game):
    @HelloCmd.responder
    def on_hello(self, version, gate, secret=None):
        note("hello", version, gate, secret)
        if secret == "wrong":
            raise WrongSecret("that is not it")
        return {}

    @PingCmd.responder
    def on_ping(self):
        return {}

    @PlayerConnectedCmd.responder
    def on_player(self, player_id, resumed, name=None, object_id=None, **facts):
        note("player", player_id, resumed, name, object_id, facts["transport"], facts["address"])
        return {} if object_id else {"object_id": 77}

    @PlayerWindowCmd.responder
    def on_window(self, player_id, width, height):
        note("window", player_id, width, height)
        return {}

    @PlayerOobCmd.responder
    def on_oob(self, package, data, player_id=None, player_ids=None):
        note("oob", player_id, package, data)
        return {}

    @PlayerDisconnectedCmd.responder
    def on_left(self, player_id, reason):
        note("left", player_id, reason)
        return {}

    @PlayerInputCmd.responder
    def on_line(self, player_id, line):
        note("line", player_id, line)
        word, _, rest = line.partition(" ")
        run = getattr(self, "go_" + word, None)
        if run:
            run(player_id, rest)
        return {}

    def call(self, command, **arguments):
        told = self.callRemote(command, **arguments)
        name = command.__name__
        told.addCallback(lambda answer: note("did", name, sorted(answer.items())))
        told.addErrback(lambda failure: note("failed", name, failure.getErrorMessage()))

    def go_all(self, player_id, rest):
        self.call(PlayerOutputCmd, text=rest + "\n")

    def go_some(self, player_id, rest):
        self.call(PlayerOutputCmd, text=rest + "\n", player_ids=[player_id, 5])

    def go_prompt(self, player_id, rest):
        self.call(PlayerOutputCmd, text="> ", player_id=player_id, prompt=True)

    def go_evennia(self, player_id, rest):
        self.call(PlayerOutputCmd, text="|rred|n\n", player_id=player_id, markup="evennia")

    def go_odd(self, player_id, rest):
        self.call(PlayerOutputCmd, text="x", player_id=player_id, markup="odd")

    def go_secret(self, player_id, rest):
        self.call(PlayerEchoCmd, on=False, player_id=player_id)

    def go_gmcp(self, player_id, rest):
        self.call(PlayerOobCmd, package="Room.Info", data=rest, player_id=player_id)

    def go_become(self, player_id, rest):
        self.call(PlayerAttachCmd, object_id=9, name=rest, player_id=player_id)

    def go_list(self, player_id, rest):
        told = self.callRemote(PlayerListCmd)
        told.addCallback(lambda answer: note("list", answer["more"], [
            (p["player_id"], p.get("name"), p.get("object_id")) for p in answer["players"]]))

    def go_cry(self, player_id, rest):
        self.call(PlayerAnnounceCmd, text=rest)

    def go_restarting(self, player_id, rest):
        self.call(GameStatusCmd, state="restarting", eta=5, message=rest)

    def go_bye(self, player_id, rest):
        self.call(PlayerCloseCmd, player_id=player_id, reason="Fare well.")
