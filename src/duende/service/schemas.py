"""What goes over the wire, in and out. Checked for shape here; for sense by the composer."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from duende.composer.request import MAX_WORDS, TEMPERATURE, TOP_P
from duende.poem import Finish, Poem
from duende.poetics.forms import Form
from duende.poetics.scan import Scansion
from duende.voice.prompts import ERAS
from duende.voice.voices import DEFAULT, Voice

FIRST_LINES = ["Bajo el sol", "The river does not know my name"]


class HowToWrite(BaseModel):
    """How a poem is to be written, whatever it begins with."""

    lang: Annotated[
        str,
        Field(max_length=40, description="`en`, `es`, or `auto` to find it out from the line."),
    ] = "auto"
    form: Annotated[str, Field(max_length=40, description="One of `/v1/forms`.")] = "free"
    era: Annotated[
        str, Field(max_length=40, description="One of `/v1/eras`; empty for the voice's own.")
    ] = ""
    max_words: Annotated[
        int, Field(description=f"1 to {MAX_WORDS}, the reader's words counted.")
    ] = MAX_WORDS
    temperature: Annotated[float, Field(description="How bold: 0 (the likeliest) to 2.")] = (
        TEMPERATURE
    )
    top_p: Annotated[float, Field(description="How much of the unlikely is left in.")] = TOP_P
    seed: Annotated[
        int | None, Field(description="0 to 4294967295; the same seed, the same poem.")
    ] = None
    voice: Annotated[str, Field(max_length=200, description="One of `/v1/voices`.")] = "default"


class PoemCreate(HowToWrite):
    """What to write."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"first_line": FIRST_LINES[0], "max_words": 60, "seed": 7},
                {"first_line": FIRST_LINES[1], "lang": "en", "temperature": 0.8},
            ]
        },
    )

    first_line: Annotated[str, Field(description="The reader's line, 1 to 300 characters.")]


class PoemContinue(HowToWrite):
    """A poem that is to go on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"text": "Bajo el sol de la tarde\ncanta el agua.", "max_words": 60}]
        },
    )

    text: Annotated[
        str, Field(description="The poem so far, up to 200 words; `max_words` counts them.")
    ]


class RewriteCreate(BaseModel):
    """Which line of a poem other versions are wanted of."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"text": "Bajo el sol de la tarde\ncanta el agua.", "line": 2}]
        },
    )

    text: Annotated[str, Field(description="The poem, up to 200 words.")]
    line: Annotated[int, Field(description="The line's number, blank ones not counted; from 1.")]
    lang: Annotated[str, Field(max_length=40, description="`en`, `es`, or `auto`.")] = "auto"
    form: Annotated[str, Field(max_length=40, description="One of `/v1/forms`.")] = "free"
    candidates: Annotated[int, Field(description="How many are wanted, 1 to 20.")] = 5
    era: Annotated[
        str, Field(max_length=40, description="One of `/v1/eras`; empty for the voice's own.")
    ] = ""
    temperature: Annotated[float, Field(description="How bold: 0 (the likeliest) to 2.")] = (
        TEMPERATURE
    )
    top_p: Annotated[float, Field(description="How much of the unlikely is left in.")] = TOP_P
    seed: Annotated[int | None, Field(description="0 to 4294967295.")] = None
    voice: Annotated[str, Field(max_length=200, description="One of `/v1/voices`.")] = "default"


class AlternativeRead(BaseModel):
    """A line that could stand, how many syllables it counts, and what it is let off."""

    text: str
    syllables: int
    let_off: list[str]


class LineRead(BaseModel):
    """One line's language, as identified, and how sure that is (0.5 to 1).

    In a form also the syllables that it counts, the letter of its rhyme, and what it was let off.
    """

    lang: str
    certainty: float
    syllables: int
    rhyme: str
    let_off: list[str]


class ReportRead(BaseModel):
    """How the poem came to be."""

    lines: list[LineRead]
    lang_certainty: float
    known_language: bool
    alone: bool
    rejected: dict[str, int]
    copied_words: int
    temperature: float
    top_p: float
    max_words: int
    era: str
    engine: str
    base: str
    base_sha256: str
    voice_sha256: str
    prompt_version: int


class PoemRead(BaseModel):
    """A poem. `lines` has an empty string between stanzas."""

    text: str
    lines: list[str]
    lang: Literal["en", "es"]
    lang_assumed: bool
    form: str
    first_line: str
    words: int
    seed: int
    voice: str
    finish: Finish
    report: ReportRead

    @classmethod
    def of(cls, poem: Poem) -> "PoemRead":
        """The poem as it goes over the wire."""
        return cls.model_validate(poem.as_dict())


class LineEvent(BaseModel):
    """A line that was just accepted."""

    text: str


class VoiceRead(BaseModel):
    """A voice, what it is in each language, and the era it writes in unless another is asked for.

    The one that writes where none is asked for is the `default`. A voice that is not `trained`
    knows no eras.
    """

    name: str
    default: bool
    description: dict[str, str]
    languages: list[str]
    trained: bool
    era: str

    @classmethod
    def of(cls, voice: Voice) -> "VoiceRead":
        """The voice as it goes over the wire."""
        return cls(
            name=voice.name,
            default=voice.name == DEFAULT,
            description={str(lang): told for lang, told in voice.description.items()},
            languages=list(voice.languages),
            trained=voice.trained,
            era=voice.era,
        )


class EraRead(BaseModel):
    """A time, and what it is called in each language."""

    id: str
    name: dict[str, str]

    @classmethod
    def of(cls, era: str) -> "EraRead":
        """The era as it goes over the wire."""
        return cls(id=era, name={str(lang): told for lang, told in ERAS[era].items()})


class FormRead(BaseModel):
    """A form: the languages that it is written in, its name, a sentence on it and an example.

    Name and sentence are in both languages of the interface, examples in those of the form.
    """

    id: str
    lang: list[str]
    name: dict[str, str]
    description: dict[str, str]
    example: dict[str, str]

    @classmethod
    def of(cls, form: Form) -> "FormRead":
        """The form as it goes over the wire."""
        return cls.model_validate(asdict(form))


def _whole(text: str) -> str:
    """The text with a mark for each half of a character, which no answer could be written with.

    >>> _whole("sea \\ud800")
    'sea \ufffd'
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class ScansionCreate(BaseModel):
    """What to scan."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "Bajo el sol de la tarde", "lang": "es"}]},
    )

    text: Annotated[
        str,
        AfterValidator(_whole),
        Field(description="A poem or a line; a blank line parts stanzas."),
    ]
    lang: Annotated[
        str,
        Field(max_length=40, description="`en`, `es`, or `auto` to find it out from the text."),
    ] = "auto"
    seseo: Annotated[
        bool, Field(description="In Spanish, let s and z rhyme, as they do in America.")
    ] = False


class ScannedLine(BaseModel):
    """A line: what it counts and may count, its stresses (`+`, `-`), its metre and its rhyme.

    `unknown` says that something in it could not be read, or nothing was there to read.
    """

    text: str
    syllables: int
    least: int
    most: int
    stresses: str
    metre: str | None
    rhyme: str | None
    rhyme_kind: str | None
    licences: list[str]
    division: str
    unknown: bool
    unread: list[str]


class BreakRead(BaseModel):
    """What a verse (they are counted from 1, blank lines left out) does that the form does not."""

    line: int
    kind: str
    expected: str
    found: str
    text: str


class FormMatch(BaseModel):
    """A form, how near the poem is to it (1 keeps it wholly), and what breaks it."""

    form: str
    score: float
    breaks: list[BreakRead]


class ScansionRead(BaseModel):
    """A scansion: an entry for each line of the text, the rhyme scheme and the nearest forms."""

    lang: Literal["en", "es"]
    scheme: str
    forms: list[FormMatch]
    lines: list[ScannedLine]

    @classmethod
    def of(cls, scansion: Scansion) -> "ScansionRead":
        """The scansion as it goes over the wire."""
        return cls.model_validate(scansion.as_dict())


class RhymeRead(BaseModel):
    """A word that rhymes; `frequency` is how many of a million lines end with it."""

    word: str
    kind: str
    frequency: float


class Status(BaseModel):
    """How the service is."""

    status: Literal["ok"]


class Problem(BaseModel):
    """What went wrong (RFC 9457): `detail` is one sentence that says what to do.

    `instance` has the request's number, by which the service's log knows it.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: list[dict[str, Any]] | None = None


class LegacyRequest(BaseModel):
    """What clients of the first version send."""

    prompt: str
    max_length: Annotated[int, Field(ge=1, le=1024)] = 150
    temperature: Annotated[float, Field(gt=0, le=2)] = 1.2
    top_p: Annotated[float, Field(gt=0, le=1)] = 0.95


class LegacyPoem(BaseModel):
    """What clients of the first version expect."""

    poem: str
