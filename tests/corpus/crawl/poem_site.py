"""Small sites of poems on loopback, in the layouts of the two that the crawler knows.

The poems were written for these tests.
"""

import gzip
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CANDIL = """\
Encendí un candil de niebla
para mirar tu ventana,
y el viento, que nada sabe,
le fue contando mi alma.

¡Ay, qué despacio se apaga
la luz que nadie reclama!"""

NORIA = """\
Gira la noria sin agua
en el corazón del pueblo;
los cangilones, vacíos,
suben al año pequeño.

Niña de la aceña blanca,
¿quién te enseñó este silencio?"""

ESPIGA = """\
La espiga aprendió a callar
cuando pasaba la hoz.
Después, molida y desnuda,
se hizo pan, se hizo voz."""

PUERTO = """\
En el puerto de los sueños
nadie pregunta por mí:
los barcos vienen de lejos
y se olvidan de partir.

Un pingüino de cristal
cuenta las olas de añil."""

RELOJ = """\
El reloj de la cocina
muele las horas en vano;
mi abuela, que ya no está,
le sigue dando la mano."""

SIESTA = """\
A la hora de la siesta
se oye crecer la pared,
y un gato de sombra lenta
bebe la luz del mantel."""

TREN = """\
Pasa el tren de los ausentes
sin estación ni señal;
lleva en su último vagón
una silla y un rosal."""

CARTA = """\
Te escribí desde el olvido
una carta sin papel:
dobla la noche en tres partes
y la encontrarás después."""

ALJIBE = """\
Bajo el brocal del aljibe
duerme una luna de ayer;
quien tira una piedra al fondo
la despierta sin querer."""

CEREZO = """\
Floreció el cerezo enfermo
la noche en que me marché;
nadie le dijo que marzo
no volvería otra vez."""


@dataclass
class Seen:
    """A request as the server saw it."""

    path: str
    agent: str
    began: float


@dataclass
class Answer:
    """What the server says: a status, headers, a body, and how long it lets one wait."""

    body: bytes | str = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


Page = Answer | Callable[[int], Answer]  # the second is given the number of the visit, from 1


class PoemSite:
    """A site that remembers who came, when, and how many at once."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.log: list[Seen] = []
        self.most_at_once = 0
        self.address = ""
        self.seconds = 0.0
        self._at_once = 0
        self._lock = threading.Lock()

    def visits(self) -> Counter[str]:
        """How often each page was asked for."""
        return Counter(each.path for each in self.log)

    def answer(self, path: str, agent: str) -> Answer:
        """Look the page up and write the visit down."""
        with self._lock:
            self.log.append(Seen(path, agent, time.monotonic()))
            number = sum(each.path == path for each in self.log)
        page = self.pages.get(path, Answer("No está.", status=404))
        return page(number) if callable(page) else page

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Count who is there at the same time."""
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        yield
        with self._lock:
            self._at_once -= 1


@contextmanager
def served(site: PoemSite) -> Iterator[PoemSite]:
    """Serve a site on a free port of loopback."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each page would take 40 ms more

        def do_GET(self) -> None:
            with site.one_more():
                answer = site.answer(self.path, self.headers.get("User-Agent", ""))
                time.sleep(answer.seconds or site.seconds)
                body = answer.body.encode() if isinstance(answer.body, str) else answer.body
                headers = {"Content-Type": "text/html; charset=utf-8", **answer.headers}
                try:
                    self.send_response(answer.status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True  # the crawler was killed, or the page too large

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    site.address = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02))
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def alma_page(title: str, inside: str) -> Answer:
    """A poem's page of poemas-del-alma, with what is around the poem there."""
    return Answer(
        f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title></head><body>
        <div id="menu"><a href="A.html">A</a></div>
        <div id="content"><h1 class="title-poem">{title}</h1>
        <div class="poem-entry" id="contentfont">{inside}</div>
        <ul class="list-poems"><li><a href="nunca.htm">Otro poema</a></li></ul></div>
        <p>Todos los derechos reservados</p></body></html>"""
    )


def alma_poem(title: str, text: str) -> Answer:
    """A poem in one paragraph, with an empty verse between its stanzas."""
    verses = "<br />\n".join(text.split("\n"))
    return alma_page(title, f"<p>{verses}</p>")


def alma_stanzas(title: str, text: str) -> Answer:
    """A poem with a paragraph for each stanza, indented, with all that is no poem among them."""
    stanzas = [
        "<p>" + "<br>".join(f"&nbsp;&nbsp; {verse}" for verse in stanza.split("\n")) + "</p>"
        for stanza in text.split("\n\n")
    ]
    junk = (
        "<script>document.write('anuncio')</script><style>p { color: red }</style>"
        "<div class='likebox'>Me gusta</div><iframe src='x'></iframe><!-- fin -->"
    )
    return alma_page(title, junk.join(stanzas) + junk)


def listed(*links: tuple[str, str]) -> str:
    """Links in a list."""
    return "".join(f'<li><a href="{href}">{text}</a></li>' for href, text in links)


def alma_index(*authors: tuple[str, str]) -> Answer:
    """An index page, with the alphabet above the authors."""
    alphabet = listed(("A.html", "A"), ("M.html", "M"))
    return Answer(f'<div id="content"><ul>{alphabet}</ul><ul>{listed(*authors)}</ul></div>')


def alma_author(*poems: tuple[str, str], more: str = "") -> Answer:
    """An author's page."""
    return Answer(f'<h1>Poeta</h1><ul id="ordenable">{listed(*poems)}</ul>{more}')


def small_site() -> PoemSite:
    """Two authors with four poems in good order, as poemas-del-alma has them."""
    site = PoemSite()
    site.pages = {
        "/A.html": alma_index(("ana-rivas.htm", "Ana Rivas")),
        "/M.html": alma_index(("mateo-luz.htm", "Mateo Luz")),
        "/ana-rivas.htm": alma_author(("candil.htm", "El candil"), ("noria.htm", "La noria")),
        "/mateo-luz.htm": alma_author(("espiga.htm", "La espiga"), ("puerto.htm", "Puerto")),
        "/candil.htm": alma_poem("El candil", CANDIL),
        "/noria.htm": alma_stanzas("La noria", NORIA),
        "/espiga.htm": alma_poem("La espiga", ESPIGA),
        "/puerto.htm": alma_poem("Puerto", PUERTO),
    }
    return site


def troubled_site() -> PoemSite:
    """The same with everything that a site can do to a crawler."""
    site = small_site()
    real = "https://www.poemas-del-alma.com/"
    site.pages |= {
        "/robots.txt": Answer(
            "User-agent: *\nDisallow: /privado\n", headers={"Content-Type": "text/plain"}
        ),
        "/ana-rivas.htm": alma_author(
            ("candil.htm", "El candil"),
            ("biografia-de-ana-rivas.htm", "Biografía"),
            ("blog/vida-de-ana-rivas", "Su vida"),
            (f"{real}noria.htm#arriba", "La noria"),
            ("http://poemas-del-alma.com/candil.htm", "El candil otra vez"),
            ("https://otra.example/reloj.htm", "En otra casa"),
            ("coleccion.htm", "Versos de cocina"),
            ("privado-diario.htm", "Diario"),
            ("mateo-luz.htm", "Su amigo, con sus poemas, que no son de ella"),
            more=f'<div id="block-poems">{listed(("candil.htm", "El candil"))}</div>',
        ),
        "/coleccion.htm": Answer(
            f'<h1>Versos de cocina</h1><ul class="list-poems">'
            f"{listed(('reloj.htm', 'El reloj'), ('coleccion2.htm', 'Más'))}"
            f"{listed(('mateo-luz.htm', 'Otro poeta'))}</ul>"
        ),
        "/coleccion2.htm": Answer(
            f'<ul class="list-poems">{listed(("nunca.htm", "Demasiado hondo"))}</ul>'
        ),
        "/reloj.htm": alma_poem("El reloj", RELOJ),
        "/nunca.htm": alma_poem("Nunca", "Esto no se pide\nnunca jamás"),
        "/privado-diario.htm": alma_poem("Diario", "No leas esto\nque es mío"),
        "/biografia-de-ana-rivas.htm": alma_poem("Ana Rivas", "Nació en\nninguna parte"),
        "/mateo-luz.htm": alma_author(
            ("espiga.htm", "La espiga"),
            ("lento.htm", "Siesta"),
            ("tropiezo.htm", "El tren"),
            ("calma.htm", "La carta"),
            ("vueltas.htm", "Da vueltas"),
            ("cambiado.htm", "Cambiado"),
            ("perdido.htm", "Perdido"),
            ("mudado.htm", "El aljibe"),
            ("fuera.htm", "Fuera"),
            ("viejo.htm", "El cerezo"),
            ("apretado.htm", "Puerto"),
            ("suelto.htm", "Suelto"),
            ("retrato.htm", "Retrato"),
            ("mateo-luz.htm", "El mismo"),
            more=f'<ul class="list-poems">{listed(("espiga.htm", "La espiga"))}</ul>',
        ),
        "/lento.htm": Answer(alma_poem("Siesta", SIESTA).body, seconds=0.15),
        "/tropiezo.htm": lambda visit: (
            Answer("Ay.", status=500) if visit < 3 else alma_poem("El tren", TREN)
        ),
        "/calma.htm": lambda visit: (
            Answer("Calma.", status=429, headers={"Retry-After": "1"})
            if visit == 1
            else alma_poem("La carta", CARTA)
        ),
        "/vueltas.htm": Answer(status=302, headers={"Location": "/mas-vueltas.htm"}),
        "/mas-vueltas.htm": Answer(status=302, headers={"Location": "/vueltas.htm"}),
        "/cambiado.htm": Answer(f"<h2>Cambiado</h2><main>{RELOJ}</main>"),
        "/mudado.htm": Answer(status=301, headers={"Location": "/casa-nueva.htm"}),
        "/casa-nueva.htm": alma_poem("El aljibe", ALJIBE),
        "/fuera.htm": Answer(status=302, headers={"Location": "http://localhost:9/fuera.htm"}),
        "/viejo.htm": Answer(
            str(alma_poem("El cerezo", CEREZO).body)
            .replace('<meta charset="utf-8">', "")
            .encode("cp1252"),
            headers={"Content-Type": "text/html"},
        ),
        "/apretado.htm": Answer(
            gzip.compress(str(alma_poem("Puerto", PUERTO).body).encode()),
            headers={"Content-Encoding": "gzip"},
        ),
        "/suelto.htm": alma_page(
            "Suelto", "Verso de fuera<br>y otro de fuera<p>Verso de dentro</p>"
        ),
        "/retrato.htm": Answer(b"\x89PNG\r\n\x1a\n\0\0", headers={"Content-Type": "image/png"}),
    }
    return site


def seva_site() -> PoemSite:
    """Three authors as Ciudad Seva has them: one long dead, one dead of late, one alive."""
    real = "https://ciudadseva.com/"
    people = [
        ("ines-arroyo", "Inés Arroyo", "México: 1849-1873", "aljibe", "El aljibe", ALJIBE),
        ("bruno-sal", "Bruno Sal", "España: 1901 – 1988", "cerezo", "El cerezo", CEREZO),
        ("clara-olmo", "Clara Olmo", "Chile: 1961-", "candil", "El candil", CANDIL),
    ]
    entries = "".join(
        f'<div class="col-sm-6"><a href="{real}autor/{key}/poemas/">{name}</a><br>'
        f'<span class="text-smaller">{life}</span></div>'
        for key, name, life, *_ in people
    )
    site = PoemSite()
    site.pages["/biblioteca/indice-autor-poemas/"] = Answer(
        f'<h1>Poemas</h1><div class="row xs-center">{entries}</div>'
    )
    for key, _, _, poem, title, text in people:
        site.pages[f"/autor/{key}/poemas/"] = Answer(
            f'<ul><li class="text-center"><a href="{real}texto/{poem}/">{title}</a></li>'
            f'<li class="text-center"><a href="{real}autor/{key}/vida/">Su vida</a></li></ul>'
        )
        stanzas = "".join(f"<p>{each.replace(chr(10), '<br/>')}</p>" for each in text.split("\n\n"))
        site.pages[f"/texto/{poem}/"] = Answer(
            f"<h1>{title}<br/>[Poema - Texto completo.]</h1>"
            f'<table class="table-center"><tr><td>{stanzas}</td></tr></table><p>Compartir</p>'
        )
    return site
