"""From a frozen row to a recommendation: steps, reasons, peers, what-ifs, wording."""
