# A question about cost per resident, from euros per area, law and quarter to the agreed test.
# Run: Rscript analysis.R    (base R; package sandwich gives a further view)

local({
  file <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
  here <- getOption("evaluatie.folder", if (length(file)) dirname(file[1]) else ".")
  source(file.path(here, "..", "..", "evaluatie.R"), local = globalenv())
})

# 1. Read: `windows` says which quarters stand for the period before and for each wave.
folder <- script_folder()
question <- read_question(folder)
cells <- read_table(folder, "cells")
windows <- read_table(folder, "windows")

# 2. Euros per resident per year at one price level: laws are summed, quarters of a window averaged.
cells$rate <- 4 * cells$cents / 100 * cells$price_factor / cells$residents
per_quarter <- aggregate(rate ~ area + period, data = cells, FUN = sum)
inhabitants <- unique(cells[c("area", "period", "residents")])
mean_of <- function(rows, value, window) {
  inside <- rows[rows$period %in% windows$period[windows$window == window], ]
  as.vector(tapply(inside[[value]], inside$area, mean)[question$areas$area])
}

# 3. Change per area, the agreed contrast at every wave, and its test at the verdict wave.
found <- NULL
for (wave in question$waves) {
  change <- data.frame(
    wave = wave, area = question$areas$area, residents = mean_of(inhabitants, "residents", wave),
    change = mean_of(per_quarter, "rate", wave) - mean_of(per_quarter, "rate", "baseline"))
  contrast <- agreed_contrast(question, change, wave)
  change$contrast_change <- change$change
  found <- rbind(found, results_from(change, c("contrast_change", "residents")), contrast$rows)
  if (wave == question$verdict_wave) verdict <- contrast
}

# 4. Side by side.
table <- compare(found, question$ours)
agrees <- finish(table, title_of(question))
if (is.null(getOption("evaluatie.folder"))) show_sandwich(verdict, question$areas)
