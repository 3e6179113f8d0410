import SeriesQuery
import Telemetry

/// The reader's word for a statistic.
func statisticTitle(_ statistic: Statistic) -> String {
    guard Language.current == .french else { return statistic.rawValue }
    switch statistic {
    case .count: return "relevés"
    case .mean: return "moyenne"
    case .min: return "min"
    case .max: return "max"
    case .sum: return "somme"
    case .first: return "premier"
    case .last: return "dernier"
    case .integral: return "intégrale"
    case .coverage: return "couverture"
    case .increase: return "progression"
    case .rate: return "débit"
    case .resets: return "remises à zéro"
    case .seconds: return "durées"
    case .transitions: return "transitions"
    case .revision: return "révision"
    case .late: return "tardifs"
    }
}

/// The reader's word for a kind.
func kindTitle(_ kind: MetricKind) -> String {
    switch kind {
    case .gauge, .steppedGauge: say("gauge", "jauge")
    case .counter: say("counter", "compteur")
    case .amount: say("amount", "quantité")
    case .state: say("state", "état")
    }
}
