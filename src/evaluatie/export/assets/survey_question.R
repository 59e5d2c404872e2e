# A question about the residents' survey, from answers of persons to the agreed test.
# Run: Rscript analysis.R    (needs package survey; lme4 and sandwich give further views)

local({
  file <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
  here <- getOption("evaluatie.folder", if (length(file)) dirname(file[1]) else ".")
  source(file.path(here, "..", "..", "evaluatie.R"), local = globalenv())
})
suppressPackageStartupMessages(library(survey))
options(survey.lonely.psu = "adjust")

# 1. Read.
folder <- script_folder()
question <- read_question(folder)
persons <- read_table(folder, "persons")
population <- read_table(folder, "population")
ours <- persons$weight_ours

# 2. Weights, from the population figures.
persons <- rebuild_weights(persons, population, question$weights_trim)
off <- max(abs(persons$weight / ours - 1))
cat(sprintf("Weights: %d made again, largest relative difference %.1e\n", nrow(persons), off))
found <- result("weights_largest_relative_difference", if (off <= TOLERANCE) 0 else off)

# 3. Levels per wave and changes since the first wave, with standard errors from the design.
for (wave in unique(persons$wave)) {
  if (all(is.na(persons$value[persons$wave == wave]))) next
  level <- levels_of(persons, wave, question$areas)
  found <- rbind(found, results_from(level, c("level", "level_se")))
}
changes <- lapply(stats::setNames(nm = question$waves), function(wave) {
  changes_of(persons, question$baseline, wave, question$areas)
})
for (change in changes) found <- rbind(found, results_from(change, c("change", "change_se")))

# 4. The agreed contrast at every wave, and its test at the verdict wave. It compares the residents of
#    each wave, or the residents of the first wave who stayed; residents are the sum of the weights of
#    everyone who answered the questionnaire.
for (wave in question$waves) {
  if (question$population == "stayers") {
    change <- stayer_changes(persons, read_table(folder, "followed"), wave, question$areas)
  } else {
    rows <- persons[persons$wave == wave, ]
    change <- changes[[wave]]
    change <- change[change$area %in% question$areas$area, ]
    change$residents <- as.vector(tapply(rows$weight, rows$area, sum)[change$area])
  }
  contrast <- agreed_contrast(question, change, wave)
  change$contrast_change <- change$change
  found <- rbind(found, results_from(change, c("contrast_change", "residents")), contrast$rows)
  if (wave == question$verdict_wave) verdict <- contrast
}

# 5. Side by side.
table <- compare(found, question$ours)
agrees <- finish(table, title_of(question))

# 6. Further views of the verdict wave; nothing of ours is compared with them.
if (is.null(getOption("evaluatie.folder"))) {
  show_sandwich(verdict, question$areas)
  if (requireNamespace("lme4", quietly = TRUE)) {
    show_view("Further view: linear mixed model, random intercepts of area, area x wave, person (lme4)",
      function() {
        rows <- persons[persons$wave %in% c(question$baseline, question$verdict_wave), ]
        rows$pilot <- as.numeric(question$areas$side[match(rows$area, question$areas$area)] == "pilot")
        rows$later <- as.numeric(rows$wave == question$verdict_wave)
        rows$person <- ifelse(is.na(rows$person), paste("row", rows$row), rows$person)
        fit <- suppressMessages(suppressWarnings(lme4::lmer(
          value ~ pilot * later + (1 | area) + (1 | area:later) + (1 | person), data = rows)))
        summary(fit)$coefficients
      })
  }
}
