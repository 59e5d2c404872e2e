# Shared by every script of this export: weights, exact tests and the comparison with our numbers.
# Base R, and package survey where people were asked. No number of the study stands in this file.

TOLERANCE <- 1e-6 # largest relative difference from our numbers
options(width = 160)

# ---------------------------------------------------------------------------------- reading

# The folder of the running script; all_questions.R names the folder of each question instead.
script_folder <- function() {
  named <- getOption("evaluatie.folder")
  if (!is.null(named)) return(named)
  file <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
  if (length(file)) dirname(normalizePath(file[1])) else getwd()
}

read_table <- function(folder, name) {
  path <- file.path(folder, paste0(name, ".csv"))
  if (!file.exists(path)) stop("this export has no file ", path, call. = FALSE)
  utils::read.csv(path, stringsAsFactors = FALSE, na.strings = "", check.names = FALSE,
                  colClasses = c(person = "character", household = "character",
                                 pair = "character", wave = "character", area = "character",
                                 cell = "character", window = "character", period = "character",
                                 side = "character")[intersect(
                                   c("person", "household", "pair", "wave", "area", "cell",
                                     "window", "period", "side"), header_of(path))])
}

header_of <- function(path) names(utils::read.csv(path, nrows = 1, check.names = FALSE))

# One question: what was agreed, the areas, and our numbers.
read_question <- function(folder) {
  stated <- read_table(folder, "parameters")
  question <- as.list(stats::setNames(stated$value, stated$name))
  for (name in c("margin", "favourable", "alpha", "weights_trim")) {
    question[[name]] <- as.numeric(question[[name]])
  }
  for (name in names(question)) if (is.na(question[[name]])) question[[name]] <- ""
  question$areas <- read_table(folder, "areas")
  question$ours <- read_table(folder, "results")
  question$waves <- strsplit(question$waves, " ", fixed = TRUE)[[1]]
  question
}

title_of <- function(question) {
  label <- if (question$data == "synthetic") " - SYNTHETIC DATA, EXAMPLE" else ""
  paste0("Question ", question$question, label, "\n", question$title)
}

# ---------------------------------------------------------------------------------- weights

# Rake the respondents of every wave to the adults per area and per age-sex cell, as survey::rake.
# Returns the rows with `before` (weight that goes into the last raking) and `weight`.
rebuild_weights <- function(persons, population, times_mean) {
  persons$before <- persons$weight <- NA_real_
  for (wave in unique(persons$wave)) {
    rows <- persons$wave == wave
    margins <- margins_of(persons[rows, ], population[population$wave == wave, ])
    made <- rake_and_trim(persons[rows, ], margins, times_mean)
    persons$before[rows] <- made$before
    persons$weight[rows] <- made$weight
  }
  persons
}

# Adults per area, and per age-sex cell over the areas with respondents. Respondents whose age or
# sex is unknown are a cell with their share of the respondents as its share of the population.
margins_of <- function(rows, population) {
  here <- population[population$area %in% rows$area, ]
  areas <- tapply(here$persons, here$area, sum)
  cells <- tapply(here$persons, here$cell, sum)
  unknown <- mean(rows$cell == "unknown")
  if (unknown > 0) cells <- c(cells * (1 - unknown), unknown = unknown * sum(areas))
  cells <- cells[cells > 0]
  list(area = data.frame(area = names(areas), Freq = as.vector(areas)),
       cell = data.frame(cell = names(cells), Freq = as.vector(cells)))
}

# Weights above the cap are cut, the excess is spread, and margins are raked again.
rake_and_trim <- function(rows, margins, times_mean) {
  before <- rows$base_weight
  weight <- raked(rows, before, margins)
  cap <- times_mean * mean(weight)
  for (round in 1:20) {
    if (max(weight) <= cap * (1 + 1e-6)) break
    before <- trimmed(weight, cap)
    weight <- raked(rows, before, margins)
  }
  list(before = before, weight = weight)
}

raked <- function(rows, weight, margins) {
  rows$.weight <- weight
  design <- survey::svydesign(ids = ~1, weights = ~.weight, data = rows)
  as.vector(stats::weights(survey::rake(design, list(~area, ~cell), unname(margins),
                                        control = list(maxit = 1000, epsilon = 1e-11))))
}

# As survey::trimWeights(strict = TRUE), which recurses once per round.
trimmed <- function(weight, cap) {
  total <- sum(weight)
  cut <- rep(FALSE, length(weight))
  while (any(weight > cap * (1 + 1e-12))) {
    cut <- cut | weight > cap * (1 + 1e-12)
    weight <- pmin(weight, cap)
    if (all(cut)) break
    weight[!cut] <- weight[!cut] + (total - sum(weight)) / sum(!cut)
  }
  weight
}

# The design of some waves: areas are strata, households the units (also over waves), raked to the
# margins of each wave; standard errors with residuals as survey::rake.
design_of <- function(persons, waves) {
  rows <- persons[persons$wave %in% waves, ]
  rows$wave_area <- paste(rows$wave, rows$area, sep = "|")
  rows$wave_cell <- paste(rows$wave, rows$cell, sep = "|")
  total <- function(by) {
    sums <- tapply(rows$weight, rows[[by]], sum)
    stats::setNames(data.frame(names(sums), as.vector(sums)), c(by, "Freq"))
  }
  design <- survey::svydesign(ids = ~household, strata = ~area, weights = ~before, data = rows,
                              nest = TRUE)
  survey::rake(design, list(~wave_area, ~wave_cell), list(total("wave_area"), total("wave_cell")),
               control = list(maxit = 1000, epsilon = 1e-11))
}

# ---------------------------------------------------------------------------------- survey estimates

# Area code -> areas in it: each area, each side, and all of them.
places_of <- function(areas) {
  c(stats::setNames(as.list(areas$area), areas$area), split(areas$area, areas$side),
    list(all = areas$area))
}

# Level of one wave per area, side and all: weighted mean and its design-based standard error.
levels_of <- function(persons, wave, areas) {
  design <- design_of(persons, wave)
  apart <- survey::svyby(~value, ~area, design, survey::svymean, na.rm = TRUE)
  rows <- data.frame(wave = wave, area = apart$area, level = apart$value, level_se = apart$se)
  for (place in c(unique(areas$side), "all")) {
    inside <- if (place == "all") areas$area else areas$area[areas$side == place]
    domain <- design[design$variables$area %in% inside, ]
    found <- survey::svymean(~value, domain, na.rm = TRUE)
    rows <- rbind(rows, data.frame(wave = wave, area = place, level = stats::coef(found)[[1]],
                                   level_se = as.vector(survey::SE(found))))
  }
  rows
}

# Change since the first wave per area, side and all: a difference of two ratios of one design, so
# that people who answered twice are in the standard error.
changes_of <- function(persons, baseline, wave, areas) {
  design <- design_of(persons, c(baseline, wave))
  answered <- !is.na(design$variables$value)
  score <- ifelse(answered, design$variables$value, 0)
  for (k in 0:1) {
    now <- design$variables$wave == c(baseline, wave)[k + 1]
    design$variables[[paste0("y", k)]] <- score * now
    design$variables[[paste0("n", k)]] <- answered * now
  }
  places <- places_of(areas)
  rows <- lapply(names(places), function(place) {
    domain <- design[design$variables$area %in% places[[place]], ]
    totals <- survey::svytotal(~y1 + n1 + y0 + n0, domain)
    found <- survey::svycontrast(totals, quote(y1 / n1 - y0 / n0))
    data.frame(wave = wave, area = place, change = stats::coef(found)[[1]],
               change_se = as.vector(survey::SE(found)))
  })
  do.call(rbind, rows)
}

# Change of residents of the first wave who stayed: those who answered both waves from the same area,
# with the weight of the first wave over the chance of answering again (logistic regression).
stayer_changes <- function(persons, followed, wave, areas) {
  rows <- followed[followed$wave == wave, ]
  first <- match(rows$first_row, persons$row)
  again <- match(rows$later_row, persons$row)
  answered <- !is.na(again)
  X <- as.matrix(rows[grep("^x[0-9]+$", names(rows))])
  start <- persons$weight[first]
  chance <- rep(1, nrow(rows))
  if (!all(answered)) {
    fit <- stats::glm.fit(X, as.numeric(answered), weights = start / mean(start),
                          family = stats::quasibinomial(),
                          control = list(epsilon = 1e-14, maxit = 100))
    chance <- fit$fitted.values
  }
  weight <- (start / chance)[answered]
  first <- first[answered]
  again <- again[answered]
  area <- factor(persons$area[first], levels = areas$area)
  both <- !is.na(persons$value[first]) & !is.na(persons$value[again])
  moved <- (persons$value[again] - persons$value[first])[both]
  change <- tapply(weight[both] * moved, area[both], sum) / tapply(weight[both], area[both], sum)
  data.frame(wave = wave, area = areas$area, change = as.vector(change),
             residents = as.vector(tapply(weight, area, sum)))
}

# ---------------------------------------------------------------------------------- assignments

# Every way in which the pilot label could have fallen on these areas.
assignments_of <- function(areas, kind) {
  treated <- areas$side == "pilot"
  n <- nrow(areas)
  if (kind == "pairs") {
    pair <- match(areas$pair, unique(areas$pair))
    swaps <- as.matrix(expand.grid(rep(list(c(FALSE, TRUE)), max(pair))))
    all <- t(apply(swaps, 1, function(swap) xor(treated, swap[pair])))
  } else {
    all <- t(utils::combn(n, sum(treated), function(chosen) seq_len(n) %in% chosen))
  }
  observed <- which(apply(all, 1, function(row) all(row == treated)))
  list(matrix = unname(all), observed = observed, treated = treated)
}

# Weighted mean of the pilot areas minus that of the others, under every assignment.
difference <- function(change, weight, matrix) {
  side <- function(inside) as.vector((inside %*% (weight * change)) / (inside %*% weight))
  side(matrix) - side(!matrix)
}

# ---------------------------------------------------------------------------------- randomisation

# One-sided p of "every pilot area changed by `null`": share of assignments at least as extreme.
randomisation_p <- function(change, weight, assignments, null, direction) {
  statistic <- difference(change - null * assignments$treated, weight, assignments$matrix)
  if (direction == "less") statistic <- -statistic
  slack <- 1e-10 * max(abs(change), abs(statistic), abs(null)) # ties count
  mean(statistic >= statistic[assignments$observed] - slack)
}

# Effects that are not rejected with alpha / 2 in each tail. The p only changes where the statistic
# of another assignment ties with the observed one, so it is enough to test those effects.
randomisation_interval <- function(change, weight, assignments, alpha) {
  plain <- difference(change, weight, assignments$matrix)
  of_label <- difference(as.numeric(assignments$treated), weight, assignments$matrix)
  moves <- of_label < 1 - 1e-12
  ties <- sort((plain[assignments$observed] - plain[moves]) / (1 - of_label[moves]))
  always <- mean(!moves) # the observed assignment ties with itself at every effect
  bound <- function(direction, end, pick) {
    if (always > alpha / 2 + 1e-12) return(end)
    p <- vapply(ties, function(null) randomisation_p(change, weight, assignments, null, direction), 0)
    pick(ties[p > alpha / 2 + 1e-12])
  }
  c(bound("greater", -Inf, min), bound("less", Inf, max))
}

# ---------------------------------------------------------------------------------- wild bootstrap

# Two-sided p over all sign vectors, one per area; null imposed, statistic with CR1 standard error.
wild_p <- function(change, weight, treated, null) {
  n <- length(change)
  root <- sqrt(weight)
  X <- cbind(1, treated) * root
  shifted <- change - null * treated
  residual <- (shifted - stats::weighted.mean(shifted, weight)) * root
  signs <- t(as.matrix(expand.grid(rep(list(c(1, -1)), n)))) # the first column is all ones
  bread <- solve(crossprod(X))
  drawn <- residual * signs
  slope <- bread %*% crossprod(X, drawn)
  scores <- (drawn - X %*% slope) * as.vector(X %*% bread[, 2])
  se <- sqrt(n / (n - 1) * (n - 1) / (n - 2) * colSums(scores^2))
  t <- ifelse(se > 0, slope[2, ] / se, 0)
  mean(abs(t) >= abs(t[1]) - 1e-10 * max(1, abs(t[1])))
}

# Effects that are not rejected, from the estimate outward: doubling, then bisection.
wild_interval <- function(change, weight, treated, alpha) {
  fit <- stats::lm.wfit(cbind(1, treated), change, weight)
  n <- length(change)
  X <- cbind(1, treated) * sqrt(weight)
  scores <- fit$residuals * sqrt(weight) * as.vector(X %*% solve(crossprod(X))[, 2])
  se <- sqrt(n / (n - 1) * (n - 1) / (n - 2) * sum(scores^2))
  estimate <- fit$coefficients[[2]]
  rejected <- function(away) wild_p(change, weight, treated, estimate + away * se) <= alpha + 1e-12
  reach <- function(sign) {
    inside <- 0
    outside <- 1
    while (!rejected(sign * outside)) {
      inside <- outside
      outside <- 2 * outside
      if (outside > 2^30) return(Inf)
    }
    while (outside - inside > 1e-11 * max(1, outside)) {
      middle <- (inside + outside) / 2
      if (rejected(sign * middle)) outside <- middle else inside <- middle
    }
    inside
  }
  c(estimate - reach(-1) * se, estimate + reach(1) * se)
}

# ---------------------------------------------------------------------------------- the agreed contrast

# Pilot minus comparison at one wave, tested as agreed; `changes` has one row per area.
agreed_contrast <- function(question, changes, wave) {
  changes <- changes[match(question$areas$area, changes$area), ]
  weight <- if (question$weighting == "resident_weighted") changes$residents else rep(1, nrow(changes))
  assignments <- assignments_of(question$areas, question$assignment)
  statistics <- difference(changes$change, weight, assignments$matrix)
  estimate <- statistics[assignments$observed]
  if (question$test == "wild_bootstrap") {
    interval <- wild_interval(changes$change, weight, assignments$treated, question$alpha)
    attainable <- 2 / 2^nrow(changes)
    p <- function(null, direction) {
      beyond <- if (direction == "greater") estimate > null else estimate < null
      if (beyond) wild_p(changes$change, weight, assignments$treated, null) else 1
    }
  } else {
    interval <- randomisation_interval(changes$change, weight, assignments, question$alpha)
    attainable <- 2 / nrow(assignments$matrix)
    p <- function(null, direction) {
      min(1, 2 * randomisation_p(changes$change, weight, assignments, null, direction))
    }
  }
  rows <- result("contrast", estimate, wave)
  rows <- rbind(rows, result("contrast_low", interval[1], wave),
                result("contrast_high", interval[2], wave))
  if (wave == question$verdict_wave && question$downgraded == "") {
    claimed <- claims(question, p)
    rows <- rbind(rows, result("p_value", claimed$p, wave), result("p_harm", claimed$harm, wave),
                  result("p_attainable", attainable, wave))
  }
  list(rows = rows, statistics = statistics, observed = assignments$observed, weight = weight,
       changes = changes)
}

# p of the agreed claim and p of "more harmful than the margin"; the larger of two is tested when
# both margins must be excluded (TOST).
claims <- function(question, p) {
  sign <- question$favourable
  better <- if (sign > 0) "greater" else "less"
  worse <- if (sign > 0) "less" else "greater"
  harmful <- -sign * question$margin
  harm <- p(harmful, worse)
  claim <- switch(question$type,
    superiority = min(p(0, better), p(0, worse)),
    non_inferiority = p(harmful, better),
    equivalence = max(p(harmful, better), p(-harmful, worse)),
    stop("this export does not know how to test a question of type ", question$type, call. = FALSE)
  )
  list(p = claim, harm = harm)
}

# ---------------------------------------------------------------------------------- several questions

# p of questions in a fixed sequence: the running maximum of those before it, where a question
# without an estimate or with an estimate the wrong way round ends the sequence.
fixed_sequence <- function(p, wrong_way) {
  gates <- ifelse(is.na(p) | wrong_way, 1, p)
  vapply(seq_along(p), function(k) if (is.na(p[k])) NA_real_ else max(gates[seq_len(k - 1)], p[k]), 0)
}

# Step-down max-T over the same assignments (Westfall & Young 1993); one row per question. Which of
# the assignments counts as the one that took place is `observed`.
stepdown_max_t <- function(statistics, observed) {
  scale <- sqrt(rowMeans(statistics^2))
  T <- statistics / ifelse(scale > 0, scale, 1)
  order <- order(-T[, observed])
  adjusted <- numeric(nrow(T))
  before <- 0
  for (k in seq_along(order)) {
    left <- T[order[k:length(order)], , drop = FALSE]
    largest <- apply(left, 2, max)
    slack <- 1e-10 * max(1, abs(largest))
    before <- max(before, mean(largest >= T[order[k], observed] - slack))
    adjusted[order[k]] <- before
  }
  adjusted
}

# ---------------------------------------------------------------------------------- comparison

# One number found in R, named as in results.csv.
result <- function(quantity, value, wave = NA, area = NA) {
  data.frame(quantity = quantity, wave = as.character(wave), area = as.character(area),
             r = as.vector(value), stringsAsFactors = FALSE)
}

# A table of estimates as such rows: one per cell of the named columns.
results_from <- function(table, columns) {
  do.call(rbind, lapply(columns, function(name) result(name, table[[name]], table$wave, table$area)))
}

# Put our number beside each number of R; `off` is the difference relative to the larger of the two,
# or to a millionth of the largest number of that quantity where both are smaller still.
compare <- function(found, ours) {
  key <- function(rows) {
    part <- function(values) ifelse(is.na(values), "", as.character(values))
    paste(rows$quantity, part(rows$wave), part(rows$area))
  }
  twice <- anyDuplicated(key(found)) || anyDuplicated(key(ours))
  if (twice) stop("a number stands twice in the tables that are compared", call. = FALSE)
  at <- match(key(ours), key(found))
  table <- data.frame(ours[c("quantity", "wave", "area")], ours = ours$value, R = found$r[at])
  table$difference <- ifelse(table$ours == table$R, 0, table$R - table$ours)
  size <- ifelse(is.finite(table$ours), abs(table$ours), 0)
  nothing <- 1e-6 * ave(size, table$quantity, FUN = max) # beside this quantity, a number below it is 0
  table$off <- abs(table$difference) / pmax(abs(table$ours), abs(table$R), nothing, 1e-300)
  table$off[table$difference == 0] <- 0
  table$agrees <- !is.na(table$off) & table$off <= TOLERANCE
  table
}

# Print the table and say whether all agree; the script stops with a status that is not zero if not.
finish <- function(table, title) {
  shown <- table
  shown[c("wave", "area")] <- lapply(shown[c("wave", "area")], function(v) ifelse(is.na(v), "", v))
  for (name in c("ours", "R")) shown[[name]] <- formatC(shown[[name]], digits = 10, format = "g")
  for (name in c("difference", "off")) {
    shown[[name]] <- formatC(shown[[name]], digits = 2, format = "e")
  }
  shown$agrees <- ifelse(shown$agrees, "yes", "NO")
  cat("\n", title, "\n", sep = "")
  print(shown, row.names = FALSE, right = TRUE)
  failed <- sum(!table$agrees)
  cat(sprintf("%d of %d numbers agree to %g relative; largest difference %.1e\n",
              nrow(table) - failed, nrow(table), TOLERANCE, max(table$off, na.rm = TRUE)))
  if (is.null(getOption("evaluatie.folder")) && failed) quit(save = "no", status = 1)
  invisible(failed == 0)
}

# Say how a further view comes out; nothing of ours is compared with it.
show_view <- function(title, made) {
  cat("\n", title, "\n", sep = "")
  tryCatch(print(made()), error = function(e) cat("not estimable:", conditionMessage(e), "\n"))
}

# The same contrast as a regression of area changes, with cluster-robust standard errors.
show_sandwich <- function(contrast, areas) {
  if (!requireNamespace("sandwich", quietly = TRUE)) return(cat("\nsandwich is not installed\n"))
  rows <- data.frame(change = contrast$changes$change, pilot = as.numeric(areas$side == "pilot"),
                     weight = contrast$weight, area = areas$area)
  fit <- stats::lm(change ~ pilot, data = rows, weights = weight)
  show_view("Further view: regression of area changes, CR1 and HC3 (sandwich)", function() {
    cr1 <- sandwich::vcovCL(fit, cluster = ~area, type = "HC1")
    hc3 <- sandwich::vcovHC(fit, type = "HC3") # the jackknife over areas
    data.frame(estimate = stats::coef(fit)[["pilot"]], se_cr1 = sqrt(cr1["pilot", "pilot"]),
               se_hc3 = sqrt(hc3["pilot", "pilot"]), df = nrow(rows) - 2)
  })
  if (requireNamespace("clubSandwich", quietly = TRUE)) {
    show_view("Further view: the same, CR2 with Satterthwaite df (clubSandwich)", function() {
      clubSandwich::coef_test(fit, vcov = "CR2", cluster = rows$area)["pilot", ]
    })
  }
}
