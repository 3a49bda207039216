"""What can go wrong, from the outside in.

DuendeError
├── RequestError               the reader asked for something that cannot be done
│   ├── FirstLineError         empty, too long, or with control characters
│   ├── LengthError            max_words out of range
│   ├── SamplingError          temperature or top_p out of range
│   ├── ContextFull            the line is more than the model can hold
│   ├── UnknownLanguage        neither English nor Spanish
│   ├── UnknownForm            no such form in this language
│   ├── UnknownEra             no such era
│   ├── UnknownKind            no such kind of rhyme in this language
│   ├── UnknownLine            the poem has no line of this number
│   └── UnknownVoice           no such voice
├── EngineError                the engine failed while it wrote
│   ├── EngineMissing          an optional package is not installed
│   └── NotEnoughMemory        the base does not fit in this machine's free memory
├── BaseError                  the base model cannot be used
│   ├── BaseMissing            no base model at the given place
│   └── BaseCorrupt            the file is not the one that was promised
├── VoiceError                 a voice's folder cannot be used: another base, a damaged file
├── TrainingError              a recipe cannot be followed, or a model cannot be exported
├── CorpusError                the corpus cannot be built or read
│   ├── SourceError            a source cannot be read, or a site refused us
│   └── DiskFull               there is no room left for what is written
├── Busy                       every slot is taken and the queue is full
│   └── TooManyRequests        one reader asks for more than its share
├── SettingsError              a DUENDE_ variable makes no sense
└── ServiceError               the API does not answer, or a port is taken

Every message is one sentence or two that say what to do next.
"""


class DuendeError(Exception):
    """The root of everything that duende raises on purpose."""


class RequestError(DuendeError, ValueError):
    """The reader asked for something that cannot be done."""


class FirstLineError(RequestError):
    """The first line is empty, too long, or has control characters."""


class LengthError(RequestError):
    """`max_words` is out of range."""


class SamplingError(RequestError):
    """A sampling setting is out of range."""


class ContextFull(RequestError):
    """The line is more than the model can hold."""


class UnknownLanguage(RequestError):
    """The language is neither English nor Spanish."""


class UnknownForm(RequestError):
    """There is no such form in this language."""


class UnknownEra(RequestError):
    """There is no such era."""


class UnknownKind(RequestError):
    """There is no such kind of rhyme in this language."""


class UnknownLine(RequestError):
    """The poem has no line of this number."""


class UnknownVoice(RequestError):
    """There is no such voice."""


class EngineError(DuendeError):
    """The engine failed while it wrote."""


class EngineMissing(EngineError):
    """An optional package is not installed."""


class NotEnoughMemory(EngineError):
    """The base does not fit in this machine's free memory."""


class BaseError(DuendeError):
    """The base model cannot be used."""


class BaseMissing(BaseError):
    """There is no base model at the given place."""


class BaseCorrupt(BaseError):
    """A file is not the one that was promised."""


class VoiceError(DuendeError):
    """A voice's folder cannot be used: made for another base, or a file is damaged."""


class TrainingError(DuendeError):
    """A recipe cannot be followed, or a model cannot be exported."""


class CorpusError(DuendeError):
    """The corpus cannot be built or read."""


class SourceError(CorpusError):
    """A source cannot be read, or a site refused us."""


class DiskFull(CorpusError):
    """There is no room left for what is written."""


class Busy(DuendeError):
    """Every slot is taken and the queue is full.

    `retry_after` is the number of seconds after which it is worth asking again.
    """

    def __init__(self, message: str, *, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooManyRequests(Busy):
    """One reader asks more often, or for more at once, than one reader may."""


class SettingsError(DuendeError):
    """A DUENDE_ variable makes no sense."""


class ServiceError(DuendeError):
    """The API does not answer, or a port is taken."""
