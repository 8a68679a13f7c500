"""Administrators' actions: who changed trust, on whose word, and what followed from it.

| To do | Call |
|---|---|
| write an action, and sign it | `writing.write_action`, `person.person_octets` |
| read it | `document.read_action`, `document.sealed_action`, `history.open_action` |
| show what will change | `effects.effects` |
| follow the actions | `founding.begin`, `fold.apply`, `fold.fold`, `fold.advance` |
| ask what stands | `state.TrustState`, `entries.entry_digest`, `entries.key_state` |
| prove that a key is held | `possession.possession_octets`, `possession.verify_possession` |
| check everything again | `history.verify_history` |
"""
