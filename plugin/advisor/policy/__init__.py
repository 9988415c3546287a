"""What the company's rules alone say: matrix, eligibility, skill points, pools, rounding."""
