"""Pure decisions and dated profiles: facts in, a verdict with reasons out; no clock, no I/O, standard library only.

Every decision takes a frozen facts object and a Profile and returns a Verdict (outcome, reasons, facts, edition, rule).
Instants are int seconds since the epoch; spans are half-open.

- vocabulary: SubjectKind PlaceKind ResponsibleKind ExposureClass MeasureKind TaskKind SpecimenResult Direction,
  strictness(exposure_class)
- profile: Profile, load_profile(toml_text), load_builtin(edition), builtin_profiles(), ProfileError
- verdict: Reason, Verdict.to_json / from_json; codec: canonical(value), to_plain, from_plain
- window: episode(positives_at, around, profile) -> (first, last); index_windows(IndexFacts, profile)
  -> IndexWindows(forward, backward); None when goods play no part
- contact: contact_rules(profile) -> {PlaceKind: ContactRule}; classify(ExposureFacts, profile) -> ExposureClass
- measure: order_measures(MeasureFacts, profile) -> (MeasureOrder, ...); specimen_windows(order);
  tasks_for(order, profile) -> (TaskOrder, ...); order_aftercare(AftercareFacts, profile) -> (MeasureOrder, ...)
- release: decide_release(ReleaseFacts, profile) -> ReleaseOutcome(decision, ends_at)
- goods: decide_lot(LotFacts, profile) -> LotDecision; samples_needed(pieces, profile)
- warehouse: check_booking, check_arrival, check_certificates, permit_step, balance_recall -> StepDecision; check_room ->
  excursions; stage_of(StageFacts) -> LotStage
- standing: decide_standing(StandingFacts, profile) -> Standing: the strictest cause after corrections
- health: has_fever(TemperatureFacts, profile) -> bool
- replay: verdict_from_json(text), decide_again(verdict, profile): stored verdicts decided again
- reasons: explain(reason, language) -> the sentence of a decision-table row, "en" or "zh"
- words: label(member, language): the word for any member of the closed sets
"""
