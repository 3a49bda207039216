"""Feet laid over syllables: strains of syllables in, the least strain of each metre out."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from duende.poetics.english.shapes import Syllable

LENGTHS = ("mono", "di", "tri", "tetra", "penta", "hexa", "hepta", "octa")
FAMILIES = ("iambic", "trochaic", "anapaestic", "dactylic")
Path = tuple["Path | None", str, tuple[int, ...]]  # the path before, beats of the foot, syllables


@cache
def table():
    text = files("duende.poetics.english").joinpath("metre.toml").read_text("utf-8")
    return tomllib.loads(text)


def metre_name(family, feet):
    return f"{family} {LENGTHS[feet - 1]}meter"


INF = float("inf")
PAR = dict(inv0=0.7, invb=0.8, inv=2.0, ana=1.1, ana0=0.8, headless=1.3, broken=2.2, fem=0.35, fem2=1.3,
  tinv=2.2, tinvb=1.5, dac=1.1, anacr=1.0, cat=0.15, cat2=0.6,
  aiamb=0.8, aiamb0=0.3, ahead=1.8, afem=0.4, afem2=0.9,
  dtro=0.8, dend1=0.1, dend0=0.1, danacr=0.9, danacr2=1.3, free0=2.0, free1=0.45)


def lay(syllables, breaks):
    """syllables: list of Syllable; breaks[i]: strength of break before syllable i."""
    sy = table()["syllable"]
    n = len(syllables)
    B = [sy[s.kind][0] + s.keep for s in syllables]
    O = [sy[s.kind][1] + s.keep for s in syllables]
    step = []
    for i in range(n):
        moves = [(i + 1, i, 0.0)]
        j, c = i, 0.0
        while j < n and syllables[j].drop is not None:
            c += syllables[j].drop
            j += 1
            if j < n:
                moves.append((j + 1, j, c))
        step.append(moves)
    step.append([])
    tail = [INF] * (n + 1)  # cost of dropping all from i
    tail[n] = 0.0
    for i in range(n - 1, -1, -1):
        d = syllables[i].drop
        tail[i] = tail[i + 1] + d if d is not None else INF
    P = PAR
    # ends: extra weak syllables
    off1 = [[(j, (a,), c + O[a]) for j, a, c in step[i]] for i in range(n + 1)]
    beat1 = [[(j, (a,), c + B[a]) for j, a, c in step[i]] for i in range(n + 1)]
    two = [[(k, (a, b), c + d) for j, a, c in step[i] for k, b, d in step[j]] for i in range(n + 1)]
    three = [[(m, (*ab, e), c + d) for k, ab, c in two[i] for m, e, d in step[k]] for i in range(n + 1)]
    iamb = [[(j, ab, c + O[ab[0]] + B[ab[1]]) for j, ab, c in two[i]] for i in range(n + 1)]
    troc = [[(j, ab, c + B[ab[0]] + O[ab[1]]) for j, ab, c in two[i]] for i in range(n + 1)]
    anap = [[(j, t, c + O[t[0]] + O[t[1]] + B[t[2]]) for j, t, c in three[i]] for i in range(n + 1)]
    dact = [[(j, t, c + B[t[0]] + O[t[1]] + O[t[2]]) for j, t, c in three[i]] for i in range(n + 1)]
    results = {}
    prior, feetp = table()["prior"], table()["feet"]
    for family in FAMILIES:
        best = [dict() for _ in range(n + 1)]  # k -> (cost, path)
        best[0][0] = (0.0, None)
        if family == "trochaic":
            for j, t, c in off1[0]:
                best[j][0] = (c + P["anacr"], (None, "-", t))
        if family == "dactylic":
            for j, t, c in off1[0]:
                best[j][0] = (c + P["danacr"], (None, "-", t))
            for j, t, c in two[0]:
                best[j][0] = (c + O[t[0]] + O[t[1]] + P["danacr2"], (None, "--", t))
        for i in range(n):
            if not best[i]:
                continue
            br = breaks[i]
            first = i == 0
            edges = []
            if family == "iambic":
                edges += [(j, c, "-+", t) for j, t, c in iamb[i]]
                pen = P["inv0"] if first else P["invb"] if br else P["inv"]
                edges += [(j, c + pen, "+-", t) for j, t, c in troc[i]]
                pen = P["ana0"] if first else P["ana"]
                edges += [(j, c + pen, "--+", t) for j, t, c in anap[i]]
                if first or br:
                    pen = P["headless"] if first else P["broken"]
                    edges += [(j, c + pen, "+", t) for j, t, c in beat1[i]]
            elif family == "trochaic":
                edges += [(j, c, "+-", t) for j, t, c in troc[i]]
                pen = P["tinvb"] if br else P["tinv"]
                edges += [(j, c + pen, "-+", t) for j, t, c in iamb[i]]
                edges += [(j, c + P["dac"], "+--", t) for j, t, c in dact[i]]
                edges += [(j, c + (P["cat"] if tail[j] < INF else P["broken"]), "+", t) for j, t, c in beat1[i] if tail[j] < INF or br]
            elif family == "anapaestic":
                edges += [(j, c, "--+", t) for j, t, c in anap[i]]
                pen = P["aiamb0"] if first else P["aiamb"]
                edges += [(j, c + pen, "-+", t) for j, t, c in iamb[i]]
                if first or br:
                    edges += [(j, c + P["ahead"], "+", t) for j, t, c in beat1[i]]
            else:
                edges += [(j, c, "+--", t) for j, t, c in dact[i]]
                edges += [(j, c + (P["dend1"] if tail[j] < INF else P["dtro"]), "+-", t) for j, t, c in troc[i]]
                edges += [(j, c + P["dend0"], "+", t) for j, t, c in beat1[i] if tail[j] < INF]
            for k, (cost, path) in best[i].items():
                if k == 8:
                    continue
                for j, c, beats, t in edges:
                    total = cost + c
                    old = best[j].get(k + 1)
                    if old is None or total < old[0]:
                        best[j][k + 1] = (total, (path, beats, t))
        ends = {}
        for i in range(n + 1):
            opts = []
            if tail[i] < INF:
                opts.append((tail[i], "", ()))
            if family in ("iambic", "anapaestic"):
                f1, f2 = (P["fem"], P["fem2"]) if family == "iambic" else (P["afem"], P["afem2"])
                opts += [(c + f1 + tail[j], "-", t) for j, t, c in off1[i] if tail[j] < INF]
                opts += [(c + O[t[0]] + O[t[1]] + f2 + tail[j], "--", t) for j, t, c in two[i] if tail[j] < INF]
            elif family == "trochaic":
                opts += [(c + P["cat2"] + tail[j], "-", t) for j, t, c in off1[i] if tail[j] < INF]
            for c, beats, t in opts:
                for k, (cost, path) in best[i].items():
                    if k and (k not in ends or cost + c < ends[k][0]):
                        ends[k] = (cost + c, (path, beats, t) if t else path)
        for k, (cost, path) in ends.items():
            results[metre_name(family, k)] = (cost + prior[family] + feetp[str(k)], path)
    return results


def beats_of(path):
    """[(syllable, beat)] in order."""
    out = []
    while path is not None:
        path, beats, t = path
        out[:0] = list(zip(t, beats))
    return out
