"""pySigma's transformations, made to keep what a rule means; both its majors then do the same.

pySigma forgets on the way that a value was `cased`, joins the values of one placeholder with "and" under `all`,
leaves out the variants of `windash` and `base64offset`, reads `\\\\*` as an escaped star after `replace_string` (1.5),
and turns whole values into regular expressions that find parts. Each object is changed by itself, never its class.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import product
from string import Template
from typing import Any

from sigma.conditions import ConditionAND
from sigma.exceptions import SigmaError
from sigma.processing.transformations import (
    AddConditionTransformation,
    ConvertTypeTransformation,
    ExtractFieldsTransformation,
    HashesFieldsDetectionItemTransformation,
    MapStringTransformation,
    RegexTransformation,
    ReplaceStringTransformation,
)
from sigma.processing.transformations.base import (
    ConditionTransformation,
    DetectionItemTransformation,
    FieldMappingTransformationBase,
    StringValueTransformation,
    ValueTransformation,
)
from sigma.processing.transformations.placeholder import (
    BasePlaceholderTransformation,
    ValueListPlaceholderTransformation,
)
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule
from sigma.types import (
    Placeholder,
    SigmaCasedString,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
)

from engine.load.documents import number
from engine.load.faults import Fault
from engine.load.pysigma import Item, detection
from engine.load.strings import Parts, copied, joined, parsed, placed, regex, string
from engine.load.values import CasedFieldReference, ExactNumber
from engine.load.variables import text_of

__all__ = ["adapt", "bare", "dressed"]

MAX_FILLED = 100_000
"""How many values the placeholders of one value may make."""

Found = SigmaDetection | SigmaDetectionItem | None


def adapt(transformation: Any) -> None:
    """Put our ways in the place of pySigma's in one transformation."""
    if isinstance(transformation, AddConditionTransformation):
        setattr(transformation, "apply", partial(_add_condition, transformation))  # noqa: B010 - of this object only
    if not isinstance(transformation, DetectionItemTransformation):
        return
    theirs: Callable[[SigmaDetectionItem], Found] = transformation.apply_detection_item
    if isinstance(transformation, ValueTransformation):
        ours: Callable[[SigmaDetectionItem], Found] = partial(_each_value, transformation)
    elif isinstance(transformation, FieldMappingTransformationBase):
        ours = partial(_mapped, theirs)
    elif isinstance(transformation, (HashesFieldsDetectionItemTransformation, ExtractFieldsTransformation)):
        ours = partial(_split, theirs)
    else:
        ours = theirs
    setattr(transformation, "apply_detection_item", partial(_placed, ours))  # noqa: B010


def _placed(apply: Callable[[SigmaDetectionItem], Found], item: SigmaDetectionItem) -> Found:
    """With the item's place in what is raised, and in what is made of it."""
    where, inside = getattr(item, "where", ()), getattr(item, "inside", False)
    try:
        found = apply(item)
    except Fault as fault:
        raise fault.under(*where) from None
    except SigmaError as error:
        hint = "change the pipeline, or leave the rule out"
        raise Fault(f"a pipeline refuses the rule: {str(error).strip()}", hint, where) from None
    for made in _items(found):
        if isinstance(made, Item) and made is not item:
            made.where, made.inside = where, inside and made.field is None
    return found


def _items(found: Found) -> Iterator[SigmaDetectionItem]:
    if isinstance(found, SigmaDetection):
        for item in found.detection_items:
            yield from _items(item)
    elif found is not None:
        yield found


# Fields


def _mapped(theirs: Callable[[SigmaDetectionItem], Found], item: SigmaDetectionItem) -> Found:
    """Fields renamed; references to other fields stay as case-sensitive as they were."""
    before, keyword = list(item.value), item.field is None
    inside = getattr(item, "inside", False)
    found = theirs(item)
    for made in _items(found):
        if keyword and made.field is not None and not inside:
            made.value = list(before)  # "startswith" has its wildcard already
        if len(made.value) > len(before) and made.value_linking is ConditionAND:
            raise Fault('a pipeline maps a reference under "all" to several fields', "write the references out")
        made.value = _cased_references(before, made.value)
        if made is item and made.field is not None:
            item.inside = False  # type: ignore[attr-defined]
    return found


def _cased_references(before: list[SigmaType], after: list[SigmaType]) -> list[SigmaType]:
    if not any(isinstance(value, CasedFieldReference) for value in before):
        return after
    return [
        CasedFieldReference(value.field, value.starts_with, value.ends_with)
        if isinstance(value, SigmaFieldReference)
        else value
        for value in after
    ]


def _split(theirs: Callable[[SigmaDetectionItem], Found], item: SigmaDetectionItem) -> Found:
    """Values taken apart into fields; what of the item the parts cannot say is refused."""
    linked = item.value_linking is ConditionAND and len(item.value) > 1
    cased = any(isinstance(value, SigmaCasedString) for value in item.value)
    negated, found = item.negated, theirs(item)
    if found is not None and (negated or linked or cased):
        word = "neq" if negated else "all" if linked else "cased"
        raise Fault(f'a pipeline takes the values of "{item.field}" apart, which have "{word}"', "write the fields out")
    return found


# Keywords: while a pipeline works on them they are what the rule says, without the wildcards around


def bare(found: Found) -> None:
    """Take the wildcards off that let a keyword be anywhere."""
    _keywords(found, lambda value: copied(value, value.s[1:-1]))


def dressed(found: Found) -> None:
    """Put them on again."""
    any_text = SpecialChars.WILDCARD_MULTI
    _keywords(found, lambda value: copied(value, [any_text, *value.s, any_text]))


def _keywords(found: Found, change: Callable[[SigmaString], SigmaString]) -> None:
    for item in _items(found):
        inside = item.inside if isinstance(item, Item) else item.field is None
        if inside:
            item.value = [_whole(value, change) for value in item.value]


def _whole(value: SigmaType, change: Callable[[SigmaString], SigmaString]) -> SigmaType:
    if isinstance(value, SigmaExpansion):
        return SigmaExpansion([_whole(one, change) for one in value.values])
    return change(value) if isinstance(value, SigmaString) else value


# Values


def _each_value(transformation: ValueTransformation, item: SigmaDetectionItem) -> SigmaDetectionItem | None:
    """Every value changed; several for one are alternatives, also where all values of the item must match."""
    values: list[SigmaType] = []
    for at, value in enumerate(item.value):
        try:
            changed = _changed(transformation, item.field, value)
        except Fault as fault:
            raise fault.under(at) from None
        if len(changed) > 1 and item.value_linking is ConditionAND:
            values.append(SigmaExpansion(changed))
        else:
            values += changed
    if not values:
        raise Fault(f'a pipeline leaves no values in "{item.field or "keywords"}"', "drop the whole item instead")
    if len(values) == len(item.value) and all(one is other for one, other in zip(values, item.value, strict=True)):
        return None
    item.value = values
    return item


def _changed(transformation: Any, field: str | None, value: SigmaType) -> list[SigmaType]:
    """What one value becomes; the value itself when nothing is to be done to it."""
    texts = isinstance(transformation, (StringValueTransformation, BasePlaceholderTransformation))
    if isinstance(value, SigmaExpansion) and (texts or isinstance(transformation, ConvertTypeTransformation)):
        changed = [_changed(transformation, field, one) for one in value.values]
        if all(len(new) == 1 and new[0] is old for new, old in zip(changed, value.values, strict=True)):
            return [value]
        return [SigmaExpansion([one for several in changed for one in several])]
    if isinstance(value, SigmaTimestampPart) and (texts or isinstance(transformation, ConvertTypeTransformation)):
        return [value]  # a part of a date is a test of its own, not a number that could be text
    for kind, change in _OURS:
        if isinstance(transformation, kind):
            return change(transformation, value)
    accepted = transformation.value_types
    if accepted is not None and not isinstance(value, accepted):
        return [value]
    new = transformation.apply_value(field, value)
    several = [value] if new is None else list(new) if _is_many(new) else [new]
    return [_alike(value, one) for one in several]


def _is_many(new: Any) -> bool:
    return isinstance(new, Iterable) and not isinstance(new, SigmaType)


def _alike(value: SigmaType, new: SigmaType) -> SigmaType:
    """Text made of case-sensitive text stays so."""
    if isinstance(value, SigmaCasedString) and isinstance(new, SigmaString):
        return string(new.s, new.original, SigmaCasedString)
    return new


def _filled(transformation: BasePlaceholderTransformation, value: SigmaType) -> list[SigmaType]:
    """Placeholders replaced by every one of their values."""
    expression = isinstance(value, SigmaRegularExpression)
    parts = value.regexp.s if isinstance(value, SigmaRegularExpression) else getattr(value, "s", [])
    choices: list[list[Parts]] = []
    count = 1
    for part in parts:
        if isinstance(part, Placeholder) and transformation.is_handled_placeholder(part):
            choices.append([_filling(one, expression) for one in _replacements(transformation, part)])
            count *= len(choices[-1])
        else:
            choices.append([[part]])
    if all(choice == [[part]] for choice, part in zip(choices, parts, strict=True)):
        return [value]
    if count > MAX_FILLED:
        raise Fault(f"its placeholders make more than {MAX_FILLED:,} values", "use a placeholder once in a value")
    made = [joined([one for filling in chosen for one in filling]) for chosen in product(*choices)]
    if isinstance(value, SigmaRegularExpression):
        return [regex(each, value.flags) for each in made]
    return [copied(value, each) for each in made] if isinstance(value, SigmaString) else [value]


def _replacements(transformation: Any, part: Placeholder) -> Iterable[Any]:
    """What stands for a placeholder; where no variable has its name, it stays for whoever comes later to fill."""
    if not isinstance(transformation, ValueListPlaceholderTransformation):
        return transformation.placeholder_replacements(part)  # type: ignore[no-any-return]
    values = transformation._pipeline.vars.get(part.name) if transformation._pipeline else None
    if values is None:
        return [part]
    listed = values if isinstance(values, list) else [values]
    if not listed or any(isinstance(one, bool) or not isinstance(one, str | int | float) for one in listed):
        hint = 'give it text, a number, or a list of them under "vars:"'
        raise Fault(f'the pipelines\' variable "{part.name}" has a value that is neither text nor number', hint)
    return [SigmaString(text_of(one)) for one in listed]


def _filling(one: Any, expression: bool) -> Parts:
    """The parts that one replacement puts in; in a regular expression it is a piece of the expression."""
    if isinstance(one, SigmaString):
        return [one.original] if expression else parsed(one.original)
    if expression and one is SpecialChars.WILDCARD_MULTI:
        return [".*"]
    return [one]


def _converted(transformation: ConvertTypeTransformation, value: SigmaType) -> list[SigmaType]:
    if transformation.target_type == "str" and isinstance(value, SigmaNumber):
        return [string([str(value)], str(value))]
    if transformation.target_type == "num" and isinstance(value, SigmaString):
        read = number(str(value))
        if read is None:
            raise Fault(f'a pipeline makes a number of "{value}", which is none', "limit it to fields with numbers")
        return [ExactNumber(read)]
    return [value]


def _expressed(transformation: RegexTransformation, value: SigmaType) -> list[SigmaType]:
    """`regex` is for systems that tell cases apart; here the same is said without an expression."""
    if transformation.method == "plain" and isinstance(value, SigmaString):
        return [string(value.s, value.original, SigmaCasedString)]
    return [value]


def _mapped_text(transformation: MapStringTransformation, value: SigmaType) -> list[SigmaType]:
    new = transformation.mapping.get(str(value)) if isinstance(value, SigmaString) else None
    if new is None:
        return [value]
    return [_alike(value, string(parsed(one), one)) for one in ([new] if isinstance(new, str) else new)]


def _replaced(transformation: ReplaceStringTransformation, value: SigmaType) -> list[SigmaType]:
    """The expression is looked for in the plain text, and only what it finds is written anew."""
    find = re.compile(transformation.regex)
    if isinstance(value, SigmaNumber):
        text = find.sub(transformation.replacement, str(value))
        return [value] if text == str(value) else [string(parsed(text), text)]
    if not isinstance(value, SigmaString):
        return [value]
    if transformation.skip_special:
        parts: Parts = []
        for part in value.s:
            if not isinstance(part, str):
                parts.append(part)
                continue
            text = find.sub(transformation.replacement, part)
            parts += parsed(text) if transformation.interpret_special else [text]
        return [copied(value, [part for part in joined(parts) if part != ""])]
    return [_rewritten(find, transformation.replacement, value)]


def _rewritten(find: re.Pattern[str], replacement: str, value: SigmaString) -> SigmaString:
    units = [unit for part in value.s for unit in (part if isinstance(part, str) else [part])]
    shown = [_shown(unit) for unit in units]
    owner = [index for index, text in enumerate(shown) for _ in text]
    fill = any(isinstance(part, Placeholder) for part in value.s)
    parts: Parts = []
    plain, at = "".join(shown), 0
    for match in find.finditer(plain):
        begin = owner[match.start()] if match.start() < len(plain) else len(units)
        end = owner[match.end() - 1] + 1 if match.end() > match.start() else begin
        parts += units[at:begin]
        # What a match cuts in two, an escaped star say, is read again together with what replaces it.
        left = plain[sum(map(len, shown[:begin])) : match.start()]
        right = plain[match.end() : sum(map(len, shown[:end]))]
        text = re.sub(r"\\(?![*?])", r"\\\\", left + match.expand(replacement) + right)
        for part in parsed(text):
            parts += placed(part) if fill and isinstance(part, str) else [part]
        at = end
    return copied(value, joined([*parts, *units[at:]]))


def _shown(unit: Any) -> str:
    """A character, wildcard or placeholder as pySigma writes it, which is what pipelines are written for."""
    if isinstance(unit, Placeholder):
        return f"%{unit.name}%"
    if isinstance(unit, SpecialChars):
        return "*" if unit is SpecialChars.WILDCARD_MULTI else "?"
    return f"\\{unit}" if unit in "*?" else str(unit)


_OURS: tuple[tuple[type, Callable[[Any, SigmaType], list[SigmaType]]], ...] = (
    (BasePlaceholderTransformation, _filled),
    (ConvertTypeTransformation, _converted),
    (RegexTransformation, _expressed),
    (MapStringTransformation, _mapped_text),
    (ReplaceStringTransformation, _replaced),
)


# Conditions


def _add_condition(transformation: AddConditionTransformation, rule: SigmaRule) -> None:
    name = transformation.name
    if name in rule.detection.detections:
        raise Fault(f'a pipeline adds a selection "{name}", which the rule has already', "give it another name")
    conditions: Any = transformation.conditions
    if transformation.template:
        conditions = _substituted(conditions, rule)
    try:
        added = detection(conditions, ())
    except Fault as fault:
        raise Fault(f"a pipeline adds a wrong condition: {fault.fault}", fault.hint) from None
    for item in _items(added):
        item.where = ()  # type: ignore[attr-defined]
    bare(added)
    rule.detection.detections[name] = added
    transformation.processing_item_applied(added)
    ConditionTransformation.apply(transformation, rule)


def _substituted(value: Any, rule: SigmaRule) -> Any:
    if isinstance(value, dict):
        return {key: _substituted(one, rule) for key, one in value.items()}
    if isinstance(value, list):
        return [_substituted(one, rule) for one in value]
    if not isinstance(value, str):
        return value
    logsource = rule.logsource
    words = {"category": logsource.category, "product": logsource.product, "service": logsource.service}
    return Template(value).safe_substitute({key: word for key, word in words.items() if word is not None})
