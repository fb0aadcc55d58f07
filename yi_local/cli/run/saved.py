"""`yi run` in a conversation: a stored one, a new one, or a copy that is forgotten."""

import argparse
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from yi_local import paths
from yi_local.api import Chat
from yi_local.assistant.exchange.gathering import gather
from yi_local.assistant.loading.open_model import OpenModel
from yi_local.assistant.loading.talk_model import TalkModel
from yi_local.assistant.talk.advice import sampling_for
from yi_local.assistant.talk.session import Session
from yi_local.cli.answer import AnswerView
from yi_local.cli.context import Context
from yi_local.cli.input import decode_argument
from yi_local.cli.loading import load_to_talk, load_visibly
from yi_local.cli.output import Output
from yi_local.cli.report import Answerer, json_line
from yi_local.cli.run.question import Question
from yi_local.errors import EngineDied, UsageError, YiLocalError
from yi_local.language import tr
from yi_local.settings import read_settings
from yi_local.store.conversations import Store
from yi_local.store.records import Conversation
from yi_local.types import SamplingOptions

_FORMS = ("json_schema", "grammar")  # of one answer, never of all that follow


def run_saved(
    args: argparse.Namespace,
    question: Question,
    opening: AbstractContextManager[TalkModel],
    context: Context,
) -> tuple[AnswerView, SamplingOptions, Answerer]:
    """The answer shown, and kept with its question unless --no-save says otherwise.

    The options hold for this answer. One that does not fit is refused before its question is kept.
    """
    output, chosen = context.output, question.chosen
    with (
        _conversation(args, chosen, output) as (store, conversation, is_new),
        opening as model,
    ):
        session = Session(store, conversation, model, "drop-oldest" if args.fit else "stop")
        if question.system is not None and not is_new:
            session.set_system(question.system)
        info = _loaded(session, output)
        view = AnswerView(output, streams=not args.json)
        chat = Chat(session, store)
        try:
            view.show(chat.events(question.prompt, question.attachments, chosen), chat.cancel)
        finally:
            if args.json and (view.done or view.text):
                output.write(json_line(view.text, view.done, info, conversation.id))
        if is_new:
            output.say(tr("note: saved as conversation {number}", number=conversation.id))
        return view, sampling_for(model.known, chosen), info


def _loaded(session: Session, output: Output) -> Answerer:
    model = session.model
    if model.where is not None:
        load_to_talk(session.load(), model, output)
        return model.title
    if isinstance(model, OpenModel):
        return load_visibly(session.load(), model.engine, output)
    if model.info is None:
        raise EngineDied(tr("The model was unloaded as soon as it was loaded."))
    return model.info


@contextmanager
def _conversation(
    args: argparse.Namespace, chosen: Mapping[str, Any], output: Output
) -> Iterator[tuple[Store, Conversation, bool]]:
    """The third is whether it is a new one, gone again where nothing is said in it."""
    with Store(paths.conversations_file()) as store:
        if store.recovered is not None:
            output.say(tr("note: {problem}", problem=store.recovered))
        if not args.last and args.conversation is None:
            with _new(args, chosen, store) as conversation:
                yield store, conversation, True
            return
        conversation = _stored(args, store)
        if _is_to_be_kept(args, output):
            yield store, conversation, False
            return
        [whole] = gather(store, [conversation.id])
        with Store.in_memory() as forgotten:
            copy = forgotten.put(whole.conversation, whole.nodes, whole.chosen)
            yield forgotten, copy, False


@contextmanager
def _new(
    args: argparse.Namespace, chosen: Mapping[str, Any], store: Store
) -> Iterator[Conversation]:
    system = None if args.system is None else decode_argument(args.system)
    kept = {name: value for name, value in chosen.items() if name not in _FORMS}
    conversation = store.create(system=system, model=args.model, sampling=kept)
    try:
        yield conversation
    finally:
        with suppress(YiLocalError):
            if not store.conversation(conversation.id).n_messages:
                store.remove(conversation.id)


def _stored(args: argparse.Namespace, store: Store) -> Conversation:
    if args.conversation is not None:
        return store.conversation(args.conversation)
    newest = store.conversations(limit=1)
    if not newest:
        raise UsageError(
            tr("There is no conversation yet to go on in."), tr("Begin one: yi run --save, yi chat")
        )
    return newest[0]


def _is_to_be_kept(args: argparse.Namespace, output: Output) -> bool:
    """As asked; else as the settings say."""
    if args.save is not None:
        return bool(args.save)
    keeps = read_settings().save_history
    if not keeps:
        output.say(tr("note: this is not saved, as your settings say; --save saves it"))
    return keeps
